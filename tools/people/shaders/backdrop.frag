// What lies behind: a floor and what stands on it, found by following the ray of each pixel. Camera at the origin,
// gravity axes (Y up).
in vec2 screen;
uniform mat3 to_gravity;
uniform vec2 lens;       // half width and half height of the picture over the focal length
uniform vec2 shift;      // where the optical axis meets the picture, -1..1
uniform int kind;
uniform int wall_kind;
uniform int floor_kind;
uniform float floor_height;   // below the camera, negative
uniform vec3 wall;       // direction of the room (radians), distances of its two walls
uniform vec3 tone[6];
uniform vec3 seed;
uniform float scale;
uniform vec3 feet[8];    // where the person is near the floor: gravity x, z, and how near (0..1)
uniform vec3 brightness;
layout(location = 0) out vec4 colour;

float boxes(vec2 q) {
    vec2 cell = floor(q);
    return hash(vec3(cell, seed.x));
}

vec3 textured(int type, vec2 q, vec3 a, vec3 b) {
    float t = 0.0;
    if (type == 0) t = fbm(vec3(q * 3.0, 0.0) + seed) * 0.6;
    else if (type == 1) t = mod(floor(q.x * scale) + floor(q.y * scale), 2.0);
    else if (type == 2) t = 0.5 * hash(vec3(floor(q.x * scale * 2.0), floor(q.y * 0.7 + hash(vec3(floor(q.x * scale * 2.0)))), 1.0)) + 0.4 * noise(vec3(q.x * 40.0, q.y * 3.0, 0.0));
    else if (type == 3) t = 0.8 * noise(vec3(q * 45.0, 0.0)) + 0.3 * fbm(vec3(q * 2.0, 1.0) + seed);
    else if (type == 4) {
        vec2 brick = q * vec2(2.5, 6.0) * scale;
        brick.x += 0.5 * mod(floor(brick.y), 2.0);
        vec2 f = fract(brick);
        t = f.x < 0.06 || f.y < 0.12 ? 1.0 : 0.35 * hash(vec3(floor(brick), 2.0));
    } else if (type == 5) t = step(0.5, fract(q.x * scale * 1.5));
    else if (type == 6) {
        vec2 f = fract(q * scale * 1.3);
        t = f.x < 0.04 || f.y < 0.04 ? 1.0 : 0.15 * noise(vec3(q * 6.0, 0.0));
    } else if (type == 7) {
        vec2 cell = q * scale, f = fract(cell) - 0.5;
        t = smoothstep(0.32, 0.28, length(f)) * hash(vec3(floor(cell), 5.0));
    }
    return mix(a, b, clamp(t, 0.0, 1.0));
}

vec3 hung(vec2 q, vec3 under) {  // pictures, windows and shelves on a wall
    vec2 cell = q * vec2(0.55, 0.6) * (0.7 + 0.3 * scale) + seed.xy, f = fract(cell);
    float what = hash(vec3(floor(cell), seed.z));
    vec2 size = 0.12 + 0.3 * vec2(hash(vec3(floor(cell), 3.1)), hash(vec3(floor(cell), 4.7)));
    vec2 off = abs(f - 0.5);
    if (what > 0.55 && off.x < size.x && off.y < size.y) {
        bool frame = off.x > size.x - 0.03 || off.y > size.y - 0.03;
        vec3 inside = mix(tone[4], tone[5], fbm(vec3(f * 9.0, what * 40.0)));
        return frame ? tone[3] * 0.7 : (what > 0.85 ? brightness * 1.1 : inside);
    }
    return under;
}

vec3 ground(vec3 hit) {
    vec3 base = textured(floor_kind, hit.xz, tone[0], tone[1]);
    float dark = 0.0;
    for (int k = 0; k < 8; k++) {
        vec2 d = hit.xz - feet[k].xy;
        dark += feet[k].z * exp(-dot(d, d) / 0.028);
    }
    return base * (1.0 - 0.62 * min(dark, 1.0));
}

vec3 sky(vec3 ray) {
    float h = clamp(ray.y * 2.5 + 0.1, 0.0, 1.0);
    vec3 blue = mix(tone[3], tone[2], h);
    return mix(blue, vec3(1.0), 0.6 * smoothstep(0.5, 0.75, fbm(ray * 5.0 + seed)));
}

vec3 leaves(vec2 q, float dense) {
    float big = fbm(vec3(q * 2.5, seed.x)), small = fbm(vec3(q * 14.0, seed.y)), tiny = noise(vec3(q * 50.0, seed.z));
    return mix(tone[4], tone[5], clamp(1.6 * small - 0.35 + 0.4 * tiny - 0.2, 0.0, 1.0)) * (0.35 + 0.9 * smoothstep(0.25, dense, big));
}

void main() {
    vec3 eye = vec3((screen.x - shift.x) * lens.x, (screen.y - shift.y) * lens.y, -1.0);
    vec3 ray = normalize(to_gravity * eye);
    vec2 flat_ = screen * vec2(0.75, 1.0);
    float c = cos(wall.x), s = sin(wall.x);
    vec2 turned = vec2(c * ray.x + s * ray.z, -s * ray.x + c * ray.z);
    float way = atan(turned.x, -turned.y);  // its seam lies behind the camera
    vec3 result;
    bool below = ray.y < -0.001;
    vec3 hit = ray * (floor_height / min(ray.y, -0.001));
    if (kind == 0) {
        result = mix(tone[0], tone[1], smoothstep(-1.0, 1.0, dot(flat_, vec2(sin(seed.x), cos(seed.x))))) + 0.06 * (fbm(vec3(flat_ * 3.0, seed.y)) - 0.5);
    } else if (kind == 1) {
        float back = -wall.y / min(turned.y, -1e-4), left = wall.z / max(abs(turned.x), 1e-4);
        float t = turned.y < -1e-4 ? min(back, left) : left;
        vec3 p = ray * t;
        if (p.y < floor_height) result = ground(hit);
        else {
            bool is_back = t == back;
            vec2 q = vec2(is_back ? dot(p.xz, vec2(c, s)) : dot(p.xz, vec2(-s, c)), p.y - floor_height);
            result = hung(q, textured(wall_kind, q, tone[2], tone[2] * 0.5 + tone[3] * 0.5)) * (is_back ? 1.0 : 0.8);
            if (q.y < 0.1) result = tone[3] * 0.8;
            if (q.y > 2.6) result = vec3(0.8) * brightness;
        }
    } else if (kind == 2) {
        result = below ? ground(hit) : sky(ray);
        float line = 0.02 + 0.25 * fbm(vec3(way * 4.0, seed.xy)) + 0.04 * noise(vec3(way * 40.0, seed.yz));
        float far = length(hit.xz);
        if (!below && ray.y < line) result = leaves(vec2(way * 6.0, ray.y * 12.0), 0.8);
        if (below && far > 14.0) result = mix(result, tone[4], smoothstep(14.0, 60.0, far));
    } else if (kind == 3) {
        result = below ? ground(hit) : sky(ray);
        for (int k = 2; k >= 0; k--) {
            float column = way * (5.0 + 3.0 * float(k)) + seed.x + float(k) * 7.3, id = floor(column);
            float top = (0.15 + 0.75 * hash(vec3(id, float(k), seed.y))) * (k == 0 ? 0.75 : 1.0);
            if (ray.y > -0.04 / (1.0 + float(k)) && ray.y < top && hash(vec3(id, 9.0, float(k))) > 0.25) {
                vec3 front = mix(tone[4], tone[5], hash(vec3(id, 3.0, float(k)))) * (0.6 + 0.15 * float(k));
                vec2 pane = fract(vec2(fract(column) * 5.0, ray.y * 22.0 / (1.0 + 0.3 * float(k))));
                bool window = pane.x > 0.3 && pane.x < 0.75 && pane.y > 0.3 && pane.y < 0.75;
                result = window ? mix(front * 0.35, tone[2], hash(floor(vec3(column * 5.0, ray.y * 22.0, 1.0)))) : front;
            }
        }
    } else if (kind == 4) {
        float a = fbm(vec3(flat_ * scale * 1.5, seed.x)), b = fbm(vec3(flat_ * scale * 4.0 + 3.0, seed.y));
        result = mix(mix(tone[0], tone[1], smoothstep(0.3, 0.7, a)), mix(tone[2], tone[3], b), smoothstep(0.4, 0.65, b));
    } else if (kind == 5) {
        result = below && length(hit) < 7.0 ? ground(hit) : leaves(vec2(way * 5.0, ray.y * 5.0), 0.7);
    } else if (kind == 6) {
        result = tone[0];
        for (int k = 0; k < 4; k++) {
            vec2 q = flat_ * (1.0 + 0.9 * float(k)) * (0.6 + 0.4 * scale) + seed.xy * float(k + 1);
            float id = boxes(q);
            vec2 f = fract(q);
            if (id > 0.45 && f.x > 0.1 * id && f.x < 0.95 - 0.3 * id && f.y < 0.35 + 0.6 * fract(id * 7.0))
                result = mix(tone[int(id * 97.0) % 6], tone[k + 1], 0.4) * (0.6 + 0.5 * f.y);
        }
        if (below && floor_kind > 3) result = ground(hit);
    } else if (kind == 7) {
        result = tone[0] * 0.4;
        for (int k = 0; k < 3; k++) {
            vec2 q = flat_ * (2.0 + 1.3 * float(k)) + seed.yz * float(k + 1), cell = floor(q);
            float id = hash(vec3(cell, float(k)));
            vec2 off = fract(q) - 0.5 - 0.25 * (vec2(id, fract(id * 13.0)) - 0.5);
            result += tone[int(id * 83.0) % 6] * 0.7 * smoothstep(0.1 + 0.25 * id, 0.08 + 0.22 * id, length(off)) * step(0.35, id);
        }
        if (below) result = mix(result, ground(hit), 0.7);
    } else {
        float spot = exp(-dot(flat_ - 0.3 * seed.xy, flat_ - 0.3 * seed.xy) * (1.0 + scale));
        result = below ? ground(hit) * (0.3 + 0.9 * spot) : mix(tone[2] * 0.15, tone[3], spot * (0.6 + 0.4 * sin(way * 40.0 * scale)));
    }
    colour = vec4(result * brightness, 1.0);
}
