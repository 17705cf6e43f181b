// Value noise, shared by every shader here. All results lie in 0..1.
float hash(vec3 p) {
    p = fract(p * 0.3183099 + vec3(0.71, 0.113, 0.419));
    p *= 17.0;
    return fract(p.x * p.y * p.z * (p.x + p.y + p.z));
}

float noise(vec3 p) {
    vec3 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    vec2 o = vec2(0.0, 1.0);
    vec4 near = vec4(hash(i + o.xxx), hash(i + o.yxx), hash(i + o.xyx), hash(i + o.yyx));
    vec4 far = vec4(hash(i + o.xxy), hash(i + o.yxy), hash(i + o.xyy), hash(i + o.yyy));
    vec4 z = mix(near, far, f.z);
    vec2 y = mix(z.xy, z.zw, f.y);
    return mix(y.x, y.y, f.x);
}

float fbm(vec3 p) {
    return 0.5 * noise(p) + 0.3 * noise(p * 2.1 + 3.7) + 0.2 * noise(p * 4.3 + 9.1);
}

// The slope of the noise, about -1..1 in each direction, from one look at its lattice.
vec3 slope(vec3 p) {
    vec3 i = floor(p), f = fract(p), u = f * f * (3.0 - 2.0 * f), d = 6.0 * f * (1.0 - f);
    vec2 o = vec2(0.0, 1.0);
    vec4 near = vec4(hash(i + o.xxx), hash(i + o.yxx), hash(i + o.xyx), hash(i + o.yyx));
    vec4 far = vec4(hash(i + o.xxy), hash(i + o.yxy), hash(i + o.xyy), hash(i + o.yyy));
    vec4 z = mix(near, far, u.z), dz = far - near;
    vec2 y = mix(z.xy, z.zw, u.y), dy = z.zw - z.xy, y_dz = mix(dz.xy, dz.zw, u.y);
    return d * vec3(y.y - y.x, mix(dy.x, dy.y, u.x), mix(y_dz.x, y_dz.y, u.x));
}
