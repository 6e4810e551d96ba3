// Rain on glass: behind a wet window the lights of a town at night, out of focus.
// Each person is a lamp out there.

// Discs of light in a layer of cells that is turned, so that no rows are seen. `foot` is the size of a pixel at this place.
fn lamps(p: vec2<f32>, cells: f32, angle: f32, salt: i32, foot: f32) -> vec3<f32> {
    let t = phase();
    let q = turned(p, angle) * cells;
    let base = floor(q);
    let at = vec2<i32>(base) + vec2<i32>(salt, 3 * salt);
    let r = cell2(at.x, at.y);
    let kind = cell2(at.x + 11, at.y + 5);
    let d = q - base - 0.5 - 0.28 * (r - 0.5);
    let size = 0.13 + 0.23 * kind.x * kind.x;
    let far = length(d) / size;
    let disc = soft_edge_over(0.91 - far, 0.09, min(1.4 * foot * cells / size, 1.2)) * (0.50 + 0.50 * far * far);
    let lit = smoothstep(0.0, 0.25, 0.08 + 0.62 * scene.density - kind.y);
    let slow = 0.75 + 0.25 * sin(TURN * (t * floor(1.0 + 3.0 * r.x) + r.y));
    let lab = blend(scene.low.xyz, select(scene.high.xyz, scene.spark.xyz, kind.x > 0.86), smoothstep(0.35, 0.65, r.y));
    // Lamps stand low; the sky over the roofs is empty.
    let low = smoothstep(0.10 + 0.32 * scene.height, -0.14, p.y + 0.10 * (r.x - 0.5));
    return linear_rgb(lab) * disc * lit * slow * low * (0.55 + 0.75 * band(i32(r.x * 7.99)));
}

fn town(p: vec2<f32>, foot: f32) -> vec3<f32> {
    let up = clamp(p.y + 0.5, 0.0, 1.0);
    let mist = clouds(p * vec2(1.2, 2.4) + vec2(phase(), 1.0), 2, phase());
    var light = linear_rgb(blend(scene.horizon.xyz * vec3(0.80, 0.95, 0.95), scene.sky.xyz, smoothstep(0.05, 0.85, up + 0.4 * (mist - 0.5))));
    light += linear_rgb(scene.high.xyz) * mist * mist * 0.30 * scene.mist * (1.0 - up);
    light += linear_rgb(scene.low.xyz) * exp(-abs(p.y + 0.13) * 6.0) * 0.16 * scene.glow;
    light += (lamps(p, 3.1 * scene.scale, 0.45, 3, foot) * 0.42 + lamps(p, 5.3 * scene.scale, -0.32, 29, foot) * 0.65
        + lamps(p, 9.7 * scene.scale, 0.85, 17, foot) * 0.9) * scene.brightness * 1.5;
    return light + people_light(p) * 1.15;
}

// A layer of drops that run down: the slope of the water (xy, -1..1), and how wet the glass is (z).
fn running(p: vec2<f32>, columns: f32, rows: f32, salt: i32) -> vec3<f32> {
    let column = floor(p.x * columns);
    let own = cell(i32(column) + salt, 5 * salt);
    // Each column runs at its own pace, in whole cells over the wrap of the phase.
    let y = p.y * rows + phase() * floor(2.0 + 4.0 * own) + own * 64.0;
    let row = floor(y);
    let r = cell2(i32(column) + 2 * salt, i32(row));
    let here = smoothstep(0.0, 0.08, 0.16 + 0.55 * scene.fall - r.x);
    if here <= 0.0 { return vec3(0.0); }
    let head = 0.16 + 0.18 * r.y;
    let above = fract(y) - head;
    let sway = (0.16 + 0.5 * min(scene.warp, 1.0) * 0.2) * sin(TURN * (2.0 * p.y + own)) * smoothstep(0.0, 0.5, above);
    let x = fract(p.x * columns) - 0.5 - 0.3 * (r.x / 0.7 - 0.5) - sway;
    let size = 0.14 + 0.07 * r.y;
    let d = vec2(x, above * columns / rows * 0.8) / size;
    let foot = pixel() * columns / size;
    let drop = soft_edge_over(0.875 - length(d), 0.125, foot);
    // What it leaves behind: a clear way that closes, and beads on it.
    let age = above / (1.0 - head);
    let wide = size * 0.55 * (1.0 - age);
    let trail = soft_edge_over(0.75 * wide - abs(x), 0.25 * wide, foot * size) * step(0.0, above) * (1.0 - age);
    let bead = vec2(x, (fract(above * 11.0) - 0.5) * columns / rows / 11.0) / (size * 0.5 * (1.0 - age) + 0.01);
    let beads = soft_edge_over(0.8 - length(bead), 0.2, 2.0 * foot) * step(0.02, above);
    let slope = mix(mix(vec2(x / max(wide, 0.01), 0.0) * trail * 0.35, bead, beads), d, drop);
    return vec3(slope, max(max(drop, beads), 0.35 * trail)) * here;
}

// Drops that stay.
fn resting(p: vec2<f32>, cells: f32, salt: i32) -> vec3<f32> {
    let q = turned(p, 0.3 + f32(salt)) * cells;
    let base = floor(q);
    let r = cell2(i32(base.x) + salt, i32(base.y));
    let slow = 0.7 + 0.3 * sin(TURN * (phase() + r.y));
    let size = (0.09 + 0.17 * r.x * r.x) * slow;
    let d = turned(q - base - 0.5 - 0.38 * (r - 0.5), -0.3 - f32(salt)) / size;
    let drop = soft_edge_over(0.85 - length(d), 0.15, pixel() * cells / size) * step(0.40, cell(i32(base.x) + salt + 7, i32(base.y)));
    return vec3(d * drop, drop);
}

fn over(under: vec3<f32>, top: vec3<f32>) -> vec3<f32> {
    return vec3(mix(under.xy, top.xy, clamp(top.z * 2.0, 0.0, 1.0)), max(under.z, top.z));
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    var glass = over(resting(p, 19.0, 2), resting(p, 9.0, 5));
    for (var i = 0; i < steps(); i++) {
        let k = f32(i);
        glass = over(glass, running(p + vec2(0.37 * k, 0.21 * k), 6.0 + 3.0 * k, 1.7 + 0.8 * k, 7 + 13 * i));
    }
    let wet = clamp(glass.z, 0.0, 1.0);
    // Tension cracks the view, fear makes it tremble.
    let cracks = scene.tension * 0.07 * vec2(noise(p * 8.0, 1.0) - 0.5, noise(p * 8.0 + vec2(40.0, 0.0), 1.0) - 0.5)
        + scene.shiver * 0.03 * vec2(noise(p * 14.0 + vec2(0.0, 9.0 * phase()), 0.0) - 0.5, 0.0);
    // A drop shows the whole town upside down; the dry glass is misted with breath.
    let inside = vec2(p.x, -0.16) - glass.xy * vec2(0.16, 0.22);
    // The rim of a drop bends the light over some pixels, or small drops would be squares.
    let rim = 0.2 + min(60.0 * pixel(), 0.3);
    let at = mix(p, inside, smoothstep(0.5 - rim, 0.5 + rim, wet)) + cracks;
    let seen = town(at, max(pixel(), 0.5 * (length(dpdx(at)) + length(dpdy(at)))));
    let misted = linear_rgb(blend(scene.horizon.xyz, scene.sky.xyz, 0.4)) * 0.20 * (0.4 + 0.6 * breath()) * scene.mist;
    var light = mix(seen + misted, seen * (1.25 - 0.35 * glass.y), wet);
    let shine = pow(max(dot(glass.xy, vec2(-0.5, 0.72)), 0.0), 4.0);
    light += linear_rgb(vec3(0.92, scene.spark.yz)) * shine * wet * (0.10 + 0.4 * scene.sparkle);
    light += masks_light(p, 0.36 * shorter());
    return vec4(light, 0.0);
}
