// A breathing orb: a sphere of layered light over still water, which fills and empties with the breath.
// Rings of the sound go out from it.

fn room(p: vec2<f32>) -> vec3<f32> {
    let far = length(p * vec2(0.8, 1.0)) / 0.8;
    let lab = blend(scene.horizon.xyz * vec3(0.66, 0.85, 0.85), scene.sky.xyz, smoothstep(0.0, 1.0, far));
    let drift = clouds(p * 1.4 + vec2(phase(), 7.0), 2, phase()) - 0.5;
    return linear_rgb(lab) * (1.0 + 0.7 * drift);
}

// Light of the orb at a place from its middle, in its radii; alpha is how far it covers the room. `foot` is the
// size of a drawn pixel in its radii.
fn orb(q: vec2<f32>, foot: f32) -> vec4<f32> {
    let t = phase();
    let way = q / max(length(q), 1e-3);
    // Its skin: round, angular with tension, trembling with fear, pushed out by the bands.
    let bend = noise(way * 1.5 * scene.scale + vec2(t, 3.0), 0.0) - 0.5;
    let spikes = abs(fract(atan2(way.y, way.x) / TURN * 14.0 + 2.0 * t) - 0.5) * 2.0 - 0.5;
    let tremble = noise(way * 9.0 + vec2(0.0, 12.0 * t), 0.0) - 0.5;
    let ear = band_at(abs(atan2(way.x, way.y)) / TURN * 14.0);
    let skin = 1.0 + 0.42 * scene.warp * bend + 0.24 * scene.tension * spikes + 0.16 * scene.shiver * tremble
        + 0.10 * ear;
    let r = length(q) / skin;
    let inside = clamp(1.0 - r * r, 0.0, 1.0);
    let depth = sqrt(inside);
    let body = soft_edge_over(0.95 - r, 0.05, 1.5 * foot);
    // Veils on a turning sphere.
    let bulge = q * (0.62 + 0.38 * depth) * 1.7 * scene.scale;
    let w = noise(bulge * 1.3 + vec2(t, 40.0), scene.tension) - 0.5;
    let veil = clouds(bulge + vec2(4.0 * t, 0.0) + w * (1.0 + scene.warp), steps(), t);
    let up = clamp(0.5 - 0.5 * q.y + 1.5 * (veil - 0.5), 0.0, 1.0);
    let lab = blend(scene.low.xyz, scene.high.xyz, up);
    let fold = smoothstep(0.35, 0.75, veil);
    var light = linear_rgb(lab) * (0.30 + 0.85 * depth * fold + 0.30 * fold);
    let rim = pow(clamp(r, 0.0, 1.0), 7.0);
    light += linear_rgb(vec3(min(scene.low.x + 0.12, 0.96), scene.low.yz * 0.8)) * rim * 0.55;
    light += linear_rgb(vec3(0.94, scene.spark.yz * 0.8)) * pow(depth, 3.0) * 0.22 * (0.5 + breath());
    return vec4(light * scene.brightness * 1.5, body);
}

fn seen_at(p: vec2<f32>) -> vec4<f32> {
    let radius = (0.17 + 0.16 * scene.height) * (0.88 + 0.24 * breath() + 0.04 * pulse()) * shorter();
    let q = (p - vec2(0.0, 0.05 - 0.12 * scene.fall)) / radius;
    let r = length(q);
    var light = room(p);
    light += linear_rgb(scene.low.xyz) * exp(-max(r - 0.85, 0.0) * 1.35) * 0.55 * scene.glow;
    light += linear_rgb(scene.high.xyz) * exp(-max(r - 0.85, 0.0) * 0.55) * 0.16 * scene.mist;
    // Rings: thin waves that widen and fade.
    let wave = 0.5 + 0.5 * cos(TURN * (r * 0.9 - 4.0 * phase()));
    let thin = wave * wave * wave * wave;
    light += linear_rgb(scene.high.xyz) * thin * thin * exp(-r * 0.62) * 0.4 * scene.density
        * (0.3 + band_at(r * 1.6));
    let ball = orb(q, pixel() / radius);
    light = mix(light, ball.rgb, ball.a);
    return vec4(light, (1.0 - ball.a) * smoothstep(1.0, 2.4, r));
}

const SURFACE: f32 = -0.30;

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    var at = p;
    let under = max(SURFACE - p.y, 0.0);
    if p.y < SURFACE {
        let far = 1.0 / (under + 0.05);
        let swell = noise(vec2(p.x * far * 0.4, far * 1.6 + 4.0 * phase()), 0.0) - 0.5;
        at = vec2(p.x + swell * under * 0.5, SURFACE + under * 1.5 + swell * under * 0.5);
    }
    var light = seen_at(at);
    light += vec4(people_light(at) + masks_light(at, 0.36 * shorter()), 0.0);
    let shine = mix(0.55, 0.18, smoothstep(0.0, 0.2, under));
    let deep = linear_rgb(scene.sky.xyz * vec3(0.7, 0.9, 0.9)) * 0.6;
    return select(light, vec4(deep + light.rgb * shine, 0.0), p.y < SURFACE);
}
