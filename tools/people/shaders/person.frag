// Skin, face and clothes painted by where a point lies on the body at rest (T-pose, metres, Y up, facing +Z).
const int UPPER = 0, LOWER = 1, FEET = 2, HANDS = 3, SCALP = 4, BEARD = 5, GLASSES = 6, BAND = 7, TIE = 8, HAT = 9;
in vec3 at_rest;
in vec3 facing;
in vec3 seen;
uniform int layer;   // -1 the body itself; k the shell of garment k, cut to its region
uniform int direct;  // >= 0: a thing of its own, all of it in the cloth of this garment
uniform int count;
uniform vec4 region[10];    // kind, and three measures of where it ends
uniform vec4 shape[10];     // two more measures; fold depth, gloss
uniform vec4 pattern[10];   // kind, scale, phase, sharpness
uniform vec3 first[10];
uniform vec3 second[10];
uniform vec3 skin;
uniform vec3 lips;
uniform vec3 brows;
uniform vec3 iris;
uniform vec3 seed;
uniform float seams;  // how uneven the edges of hair are, metres
uniform vec3 light_from[3];
uniform vec3 light_colour[3];
uniform vec3 above;
uniform vec3 ambient_above;
uniform vec3 ambient_below;
layout(location = 0) out vec4 colour;

bool covers(int k, vec3 p) {
    int kind = int(region[k].x);
    vec3 edge = region[k].yzw;
    float side = abs(p.x);
    if (kind == UPPER) {
        if (p.y < edge.x || side > edge.y) return false;
        float neck = edge.z - shape[k].x * max(0.0, 1.0 - side / 0.09) * step(0.05, p.z);
        if (side < 0.13 && p.y > neck) return false;
        return !(side < shape[k].y * (1.0 + 2.0 * max(p.y, 0.0)) && p.z > 0.06);
    }
    if (kind == LOWER) return p.y < edge.x && p.y > edge.y;
    if (kind == FEET) return p.y < edge.x && !(edge.y > 0.5 && p.y > -1.155 && p.z > 0.02 && p.z < 0.10);
    if (kind == HANDS) return side > edge.x && p.y > 0.0;
    if (kind == GLASSES) return side < 0.075 && p.z > 0.1 && abs(p.y - 0.398) < edge.x * smoothstep(0.0, 0.02, side) + 0.004;
    if (kind == TIE) return side < 0.018 + 0.06 * max(0.0, -p.y) && p.z > 0.08 && p.y < 0.25 && p.y > -0.2;
    if (kind == BAND) return side < 0.3 && p.y < edge.x && p.y > edge.y;
    if (p.y < 0.27) return false;
    float ragged = seams * (noise(p * 55.0 + seed) - 0.5);
    if (kind == HAT) return p.y > max(edge.x + edge.y * (p.z - 0.17), edge.z);
    if (kind == SCALP) return p.y + ragged > max(edge.x + edge.y * (p.z - 0.17), edge.z);
    bool mouth = side < 0.026 && abs(p.y - 0.318) < 0.010;
    return p.y + ragged < edge.x && p.z + ragged > edge.y + 0.35 * side && !mouth && side < 0.08;
}

vec3 cloth(int k, vec3 p) {
    float kind = pattern[k].x, scale = pattern[k].y, phase = pattern[k].z, sharp = pattern[k].w;
    bool arm = abs(p.x) > 0.2 && p.y > 0.0;
    float along = arm ? abs(p.x) - 0.2 : p.y, across = arm ? p.y : p.x;
    float t = 0.0;
    if (kind == 1.0) t = smoothstep(0.5 - sharp, 0.5 + sharp, abs(fract(along * scale + phase) * 2.0 - 1.0));
    else if (kind == 2.0) t = smoothstep(0.5 - sharp, 0.5 + sharp, abs(fract(across * scale + phase) * 2.0 - 1.0));
    else if (kind == 3.0) t = 0.5 * step(0.5, fract(along * scale)) + 0.5 * step(0.5, fract(across * scale + phase));
    else if (kind == 4.0) t = smoothstep(0.5 - sharp, 0.5 + sharp, fbm(p * scale + seed));
    else if (kind == 5.0) t = smoothstep(-0.5, 0.3, p.y + phase - 0.5);
    else if (kind == 6.0) t = arm || p.y > 0.05 + 0.1 * phase ? 1.0 : 0.0;
    else if (kind == 7.0) {
        vec2 q = (p.xy - vec2(0.0, 0.02)) * (7.0 + scale * 0.3);
        float mark = mix(length(q), max(abs(q.x) + 0.4 * sin(q.y * 9.0 * phase), abs(q.y) * 1.6), step(0.5, phase));
        t = p.z > 0.07 && mark < 0.75 ? step(0.3, fract(mark * 3.0 + phase)) : 0.0;
    } else if (kind == 8.0) t = 0.7 * noise(p * 260.0) * noise(p * vec3(9.0, 3.0, 9.0) + seed);
    else if (kind == 9.0) t = 1.0 - smoothstep(0.25, 0.35, length(fract(vec2(along, across + p.z) * scale) - 0.5));
    else if (kind == 10.0) t = smoothstep(0.5 - sharp, 0.5 + sharp, abs(fract((along + across) * scale + phase) * 2.0 - 1.0));
    else if (kind == 11.0) t = step(0.5, fract((along + 0.03 * abs(fract(across * scale) - 0.5)) * scale + phase));
    else if (kind == 12.0) t = arm ? step(abs(p.z - 0.05), 0.014) : step(0.035 + 0.12, abs(p.x)) * step(abs(p.z - 0.02), 0.03);
    return mix(first[k], second[k], t);
}

vec3 face(vec3 p) {
    vec3 tone = skin * (0.94 + 0.12 * noise(p * 40.0 + seed));
    if (p.y > 0.28 && p.z > 0.08) {
        float side = abs(p.x);
        tone = mix(tone, tone * vec3(1.08, 0.86, 0.84), 0.6 * smoothstep(0.035, 0.0, length(vec2(side - 0.042, p.y - 0.355))));
        vec2 eye = vec2((side - 0.032) / 0.015, (p.y - 0.398) / 0.0055);
        if (p.z > 0.13 && length(eye) < 1.0)
            tone = length(vec2(side - 0.032, p.y - 0.398)) < 0.006 ? iris : vec3(0.85, 0.83, 0.8);
        else if (p.z > 0.13 && length(eye) < 1.35) tone *= 0.55;
        if (side > 0.014 && side < 0.055 && abs(p.y - 0.420 + 6.0 * (side - 0.034) * (side - 0.034)) < 0.0045) tone = brows;
        if (p.z > 0.16 && length(vec2(p.x / 0.025, (p.y - 0.318) / 0.008)) < 1.0) tone = abs(p.y - 0.318) < 0.0016 ? lips * 0.5 : lips;
        if (p.y < 0.352 && p.y > 0.343 && side < 0.014) tone *= 0.72;
    }
    if (abs(p.x) > 0.86) tone *= vec3(1.06, 0.95, 0.93);
    return tone;
}

void main() {
    vec3 p = at_rest;
    int worn = direct;
    if (direct < 0) {
        if (layer >= 0) {
            if (!covers(layer, p)) discard;
            worn = layer;
        } else
            for (int k = 0; k < count; k++)
                if (covers(k, p)) worn = k;
    }
    vec3 n = normalize(facing);
    if (!gl_FrontFacing) n = -n;
    vec3 base;
    float fold = 0.05, gloss = 0.12;
    if (worn >= 0) {
        base = cloth(worn, p);
        fold = shape[worn].z;
        gloss = shape[worn].w;
        int kind = int(region[worn].x);
        if (kind == SCALP || kind == BEARD) base *= 0.65 + 0.7 * noise(p * vec3(160.0, 25.0, 160.0) + seed);
        if (!gl_FrontFacing) base *= 0.45;
    } else base = face(p);
    vec3 bend = slope(p * vec3(15.0, 21.0, 15.0) + seed);
    n = normalize(n + 0.4 * fold * bend);
    vec3 lit = mix(ambient_below, ambient_above, 0.5 + 0.5 * dot(n, above));
    vec3 shine = vec3(0.0);
    vec3 view = normalize(-seen);
    for (int k = 0; k < 3; k++) {
        float d = max(dot(n, light_from[k]), 0.0);
        lit += light_colour[k] * d;
        shine += light_colour[k] * step(0.001, d) * pow(max(dot(n, normalize(light_from[k] + view)), 0.0), 24.0);
    }
    colour = vec4(base * lit + gloss * shine, 1.0);
}
