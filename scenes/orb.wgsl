// A breathing orb: a sphere of layered light in a quiet room. It fills and empties with the breath.

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    let t = phase();
    let ground = length(p * vec2(0.75, 1.0));
    var light = linear_rgb(blend(scene.horizon.xyz * vec3(0.62, 0.9, 0.9), scene.sky.xyz, smoothstep(0.0, 0.75, ground)));
    let radius = (0.2 + 0.2 * scene.height) * (0.86 + 0.24 * breath()) * shorter();
    let angle = atan2(p.y, p.x);
    let ring = vec2(cos(angle), sin(angle)) * 1.6 * scene.scale;
    let bend = noise(ring + vec2(t, 3.0), scene.tension) - 0.5;
    let r = length(p) / (radius * (1.0 + 0.35 * scene.warp * bend));
    let inside = sqrt(max(1.0 - r * r, 0.0));
    let body = smoothstep(1.02, 0.9, r);
    let veil = clouds(p * 4.0 * scene.scale + vec2(0.0, t), steps(), t);
    let color = blend(scene.low.xyz, scene.high.xyz, clamp(0.5 - p.y / (2.0 * radius) + 0.6 * (veil - 0.5), 0.0, 1.0));
    light += linear_rgb(color) * body * (0.25 + 0.75 * inside) * (0.5 + veil) * scene.brightness * 1.6;
    light += linear_rgb(scene.low.xyz) * exp(-max(r - 1.0, 0.0) * 3.2) * 0.5 * scene.glow;
    light += voices_light(p) + masks_light(p, 0.34 * shorter());
    return vec4(light, 1.0 - body);
}
