// Posed skin and things worn, in camera axes; a garment is the skin itself moved outwards along its normal.
in vec3 place;
in vec3 normal;
in vec3 rest;
uniform mat4 projection;
uniform vec3 position;
uniform float thickness;  // metres off the skin
uniform vec3 flare;       // metres more, growing from rest height y (or |x| on sleeves) to its end
uniform float loose;      // metres of uneven fall
uniform vec3 seed;
out vec3 at_rest;
out vec3 facing;
out vec3 seen;

void main() {
    float along = abs(rest.x) > 0.22 && rest.y > 0.0 ? abs(rest.x) - 0.25 : -rest.y - 0.1;
    float off = thickness + flare.x * smoothstep(flare.y, flare.z, along);
    if (loose > 0.0) off += loose * noise(rest * 14.0 + seed);
    seen = place + position + normal * off;
    at_rest = rest;
    facing = normal;
    gl_Position = projection * vec4(seen, 1.0);
}
