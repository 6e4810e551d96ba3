// Rain on glass: behind a wet window the lights of a town at night, out of focus.
// Each person is a lamp out there.

// Discs of light in a layer of cells.
fn lamps(p: vec2<f32>, cells: f32, salt: i32) -> vec3<f32> {
    let t = phase();
    let q = p * cells;
    let base = floor(q);
    let at = vec2<i32>(base) + vec2<i32>(salt, 3 * salt);
    let r = cell2(at.x, at.y);
    let kind = cell2(at.x + 11, at.y + 5);
    let d = q - base - 0.5 - 0.2 * (r - 0.5);
    let size = 0.16 + 0.22 * kind.x;
    let edge = 0.05 + 0.5 / cells;
    let disc = smoothstep(size, size - edge * 1.6, length(d)) * (0.55 + 0.45 * smoothstep(0.0, size, length(d)));
    let lit = smoothstep(0.0, 0.2, 0.25 + 0.55 * scene.density - kind.y);
    let slow = 0.75 + 0.25 * sin(TURN * (t * floor(1.0 + 3.0 * r.x) + r.y));
    let lab = blend(scene.low.xyz, select(scene.high.xyz, scene.spark.xyz, kind.x > 0.8), smoothstep(0.3, 0.7, r.y));
    // Lamps stand low; the sky over the roofs is empty.
    let low = exp(-pow(max(p.y + 0.08 - 0.25 * scene.height, 0.0) * 3.6, 2.0));
    return linear_rgb(lab) * disc * lit * slow * low * (0.7 + 0.9 * band(i32(r.x * 7.99)));
}

fn town(p: vec2<f32>) -> vec3<f32> {
    let up = clamp(p.y + 0.5, 0.0, 1.0);
    let mist = clouds(p * vec2(1.2, 2.4) + vec2(phase(), 1.0), 2, phase());
    var light = linear_rgb(blend(scene.horizon.xyz * vec3(0.74, 0.95, 0.95), scene.sky.xyz, smoothstep(0.05, 0.85, up + 0.3 * (mist - 0.5))));
    light += linear_rgb(scene.high.xyz) * mist * mist * 0.30 * scene.mist * (1.0 - up);
    light += linear_rgb(scene.low.xyz) * exp(-abs(p.y + 0.16) * 5.0) * 0.20 * scene.glow;
    light += (lamps(p + vec2(0.013, 0.0), 5.0 * scene.scale, 3) * 0.75 + lamps(p, 9.0 * scene.scale, 17) * 0.9) * scene.brightness * 1.5;
    return light + voices_light(p) * 1.15;
}

// A layer of drops that run down: how the glass bends the view (xy), and how wet it is (z).
fn running(p: vec2<f32>, cells: vec2<f32>, salt: i32) -> vec3<f32> {
    let t = phase();
    let column = floor(p.x * cells.x);
    let own = cell(i32(column) + salt, 5 * salt);
    // Each column runs at its own pace; whole cells over the wrap of the phase.
    let pace = floor(2.0 + 4.0 * own);
    let sway = 0.16 * (noise(vec2(p.y * 6.0 + own * 90.0, own * 50.0), 0.0) - 0.5) * (1.0 + 2.0 * scene.warp);
    let x = fract(p.x * cells.x) - 0.5 + sway;
    let y = p.y * cells.y + t * pace + own * 64.0;
    let row = floor(y);
    let r = cell2(i32(column) + 2 * salt, i32(row));
    let here = smoothstep(0.0, 0.1, 0.18 + 0.5 * scene.fall + 0.3 * scene.speed - r.x);
    // Within its cell it hesitates, then runs.
    let head = 0.30 + 0.16 * sin(TURN * r.y);
    let f = fract(y) - head;
    let shape = vec2(cells.y / cells.x, 1.0);
    let d = vec2(x, f) * vec2(1.0 / shape.x, 1.0) * vec2(cells.y / cells.x, 1.0);
    let far = length(vec2(x * 1.0, f * cells.x / cells.y)) / 0.17;
    let drop = smoothstep(1.0, 0.55, far) * here;
    let trail = smoothstep(0.075, 0.02, abs(x)) * smoothstep(0.0, 0.06, f) * smoothstep(1.0 - head, 0.1, f) * here;
    let beads = smoothstep(0.09, 0.03, length(vec2(x, (fract(f * 9.0) - 0.5) * cells.x / cells.y / 2.2))) * trail;
    let bend = vec2(x, f * cells.x / cells.y) * drop * 1.6 + vec2(x * 2.0, 0.0) * trail * 0.6 + d * 0.0;
    return vec3(bend, max(drop, max(trail * 0.45, beads)));
}

// Small drops that stay.
fn resting(p: vec2<f32>, cells: f32) -> vec3<f32> {
    let q = p * cells;
    let base = floor(q);
    let r = cell2(i32(base.x), i32(base.y));
    let d = q - base - 0.5 - 0.4 * (r - 0.5);
    let slow = 0.5 + 0.5 * sin(TURN * (phase() + r.y));
    let size = 0.12 + 0.16 * r.x * slow;
    let drop = smoothstep(size, size * 0.5, length(d)) * step(0.45, r.y);
    return vec3(d * drop * 1.4, drop * 0.8);
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    var glass = resting(p, 21.0);
    for (var i = 0; i < steps(); i++) {
        let k = f32(i);
        glass += running(p + vec2(0.37 * k, 0.21 * k), vec2(7.0 + 5.0 * k, 2.4 + 1.3 * k), 7 + 13 * i);
    }
    glass += vec3(0.4 * scene.shiver * (noise(p * 60.0 + vec2(0.0, 8.0 * phase()), 0.0) - 0.5), 0.0, 0.0);
    let edge = scene.tension * 0.05 * vec2(noise(p * 8.0, 1.0) - 0.5, noise(p * 8.0 + vec2(40.0, 0.0), 1.0) - 0.5);
    let wet = clamp(glass.z, 0.0, 1.0);
    let seen = town(p - glass.xy * 0.55 + edge);
    // A drop shows the town upside down and clear; the dry glass is misted with breath.
    let misted = linear_rgb(blend(scene.horizon.xyz, scene.sky.xyz, 0.55)) * 0.25 * (0.4 + 0.5 * breath()) * scene.mist;
    var light = seen * mix(0.86, 1.16, wet) + misted * (1.0 - wet);
    let shine = max(dot(glass.xy, vec2(-0.5, 0.85)), 0.0);
    light += linear_rgb(vec3(0.9, scene.spark.yz)) * shine * wet * (0.16 + 0.5 * scene.sparkle);
    light += masks_light(p, 0.36 * shorter());
    return vec4(light, 0.0);
}
