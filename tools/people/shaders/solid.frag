in vec3 at;
in vec3 facing;
in vec3 tint;
uniform vec3 seed;
uniform vec3 light_from[3];
uniform vec3 light_colour[3];
uniform vec3 above;
uniform vec3 ambient_above;
uniform vec3 ambient_below;
layout(location = 0) out vec4 colour;

void main() {
    vec3 n = normalize(facing);
    if (!gl_FrontFacing) n = -n;
    vec3 lit = mix(ambient_below, ambient_above, 0.5 + 0.5 * dot(n, above));
    for (int k = 0; k < 3; k++) lit += light_colour[k] * max(dot(n, light_from[k]), 0.0);
    float grain = 0.75 + 0.35 * noise(at * 9.0 + seed) + 0.15 * noise(at * vec3(60.0, 4.0, 60.0));
    colour = vec4(tint * lit * grain, 1.0);
}
