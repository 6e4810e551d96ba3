// Aurora over water: curtains of light in the sky, two ridges, and a lake that mirrors them.
// The lights of the people float over the water and are mirrored in it.

const WATERLINE: f32 = -0.27;

// Light of one curtain. Depth is 0 for the nearest and 1 for the farthest.
fn curtain(p: vec2<f32>, depth: f32, seed: f32, music: f32) -> vec3<f32> {
    let t = phase();
    let crease = scene.tension;
    let side = select(-1.0, 1.0, fract(seed * 0.5) > 0.25);
    var x = p.x * scene.scale * mix(1.0, 1.9, depth) + seed * 19.7;
    x += scene.tension * p.y * side * 1.3;
    let bend = noise(vec2(x * 0.55 + seed, p.y * 1.6 - depth + t), crease) - 0.5;
    x += scene.warp * bend * 1.7;
    x += scene.shiver * 0.16 * (noise(vec2(x * 5.0, p.y * 24.0 + 4.0 * t), 0.0) - 0.5);

    let wave = noise(vec2(x * 0.7 + t, t + depth * 1.7), crease) - 0.5;
    let ripple = noise(vec2(x * 2.1 - t, 2.0 * t + seed), crease) - 0.5;
    // Tension breaks the round hem into shards.
    let shard = abs(fract(x * 1.3 + t) - 0.5) + 0.6 * abs(fract(x * 3.1 - 2.0 * t) - 0.5) - 0.4;
    let edge = mix(-0.13, 0.10, depth) + scene.fall * 0.34 + 0.34 * wave + 0.10 * ripple + crease * 0.26 * shard;

    let fine = noise(vec2(x * 7.0 + t, 2.0 * t + seed * 3.0), crease);
    let finest = noise(vec2(x * 21.0 - t, 3.0 * t + seed * 5.0), crease * 0.5);
    let ray = 0.62 * fine + 0.38 * finest;
    let reach = scene.height * mix(1.0, 0.75, depth) * (0.35 + 0.95 * ray) * (1.0 + 0.8 * music);
    let up = reach * mix(1.0, 0.22, scene.fall);
    let down = mix(0.022 + 0.012 * fine, reach * 0.9, scene.fall);

    let h = p.y - edge;
    let rise = max(h, 0.0) / up;
    let drop = max(-h, 0.0) / down;
    let body = exp(-rise * 2.2 - drop * 2.2);
    // A thin bright hem where the light begins.
    let hem = exp(-abs(h) / 0.018) * (0.25 + 0.5 * finest) * (1.0 - 0.7 * scene.fall);

    let gate = 1.0 - scene.density;
    let stretch = smoothstep(gate - 0.22, gate + 0.34, noise(vec2(x * 0.42 + 9.0 + t, t - depth * 2.3), 0.0));
    let strength = stretch * (body * (0.35 + 0.85 * ray) + hem * 0.55) * mix(1.0, 0.55, depth);

    let place = clamp(mix(rise * 0.62, drop * 0.5, scene.fall) + 0.16 * depth, 0.0, 1.0);
    let lab = mix(scene.low.xyz, scene.high.xyz, smoothstep(0.0, 1.0, place));
    let core = mix(lab, vec3(min(lab.x + 0.18, 0.97), lab.yz * 0.8), hem * 0.5);
    return linear_rgb(core) * strength;
}

// Height of a ridge over the water at this place, 0..1, and its slope: folded noise makes peaks and valleys.
fn peaks(x: f32, row: i32) -> vec2<f32> {
    var sum = vec2(0.0);
    var size = 0.62;
    var at = x;
    var finer = 1.1;
    for (var i = 0; i < 4; i++) {
        let n = outline_noise(at * 1.1 + 40.0, row + i * 7, 0.2 + 0.2 * f32(i));
        let fold = vec2(1.0 - abs(2.0 * n.x - 1.0), select(2.0, -2.0, n.x > 0.5) * n.y * finer);
        // The finer folds are on the peaks.
        let lower = select(vec2(1.0, 0.0), vec2(sum.x + 0.1, sum.y), i > 0);
        sum += size * vec2(fold.x * lower.x, fold.y * lower.x + fold.x * lower.y);
        size *= 0.5;
        at = at * 2.6 + 3.7;
        finer *= 2.6;
    }
    return sum;
}

// Light from the sky and the land at a place over the waterline; alpha is open sky. `foot` is the size of a pixel there.
fn above(p: vec2<f32>, music: f32, foot: f32) -> vec4<f32> {
    let t = phase();
    let up = clamp((p.y - WATERLINE) / (0.5 - WATERLINE), 0.0, 1.2);

    let drift = vec2(noise(p * 1.7 + vec2(t, 3.0), 0.0), noise(p * 1.7 + vec2(11.0, t), 0.0)) - 0.5;
    let q = p * vec2(1.5, 2.6) + drift * (0.7 + 1.3 * scene.warp);
    let cloud = 0.65 * noise(q + vec2(t, 0.0), 0.0) + 0.35 * noise(q * 2.3 + vec2(-t, 2.0 * t), 0.0);

    let fade = exp(-up * 3.1);
    var lab = mix(scene.sky.xyz, scene.horizon.xyz, fade * (0.72 + 0.4 * (cloud - 0.5)));
    var light = linear_rgb(lab);
    // Mist takes the colour of the curtains it floats among.
    let veil = smoothstep(0.34, 0.86, cloud) * scene.mist;
    light += linear_rgb(mix(scene.low.xyz, scene.high.xyz, cloud)) * veil * veil * 0.30 * (0.35 + fade);

    let count = steps();
    for (var i = count - 1; i >= 0; i--) {
        let depth = (f32(i) + 0.5) / f32(count);
        light += curtain(p, depth, f32(i), music) * scene.brightness * (2.6 / sqrt(f32(count) + 1.0));
    }
    light += linear_rgb(scene.horizon.xyz) * scene.glow * exp(-up * 7.0);

    // Two ridges: a far one in haze, a near one nearly black.
    let far = peaks(p.x * 1.25 + 3.3, 3) * vec2(1.0, 1.25) * 0.19 * smoothstep(1.5, 0.1, abs(p.x - 0.35));
    let near = peaks(p.x * 0.9 + 1.0, 17) * vec2(1.0, 0.9) * 0.17 * smoothstep(0.05, 0.95, abs(p.x + 0.12));
    let behind_far = soft_edge_over(over_outline(p.y - WATERLINE - 0.010, far), 0.0022, foot);
    let behind_near = soft_edge_over(over_outline(p.y - WATERLINE + 0.018, near), 0.0022, foot);
    let haze = linear_rgb(mix(scene.sky.xyz, scene.horizon.xyz, 0.55) * vec3(0.72, 0.8, 0.8));
    light = mix(haze, light, behind_far);
    light = mix(linear_rgb(scene.sky.xyz * vec3(0.5, 0.7, 0.7)), light, behind_near);
    light += people_light(p) + masks_light(p, 0.34 * shorter());
    return vec4(light, behind_far * behind_near);
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    // Bass in the middle, treble at the sides.
    let music = band_at(abs(p.x) / max(aspect(), 0.001) * 14.0);
    // The lake: the same sky upside down, pulled about by waves that grow towards the viewer.
    let water = p.y < WATERLINE;
    let dist = max(WATERLINE - p.y, 0.0);
    var at = p;
    if water {
        let t = phase();
        let far = 1.0 / (dist + 0.045);
        let swell = noise(vec2(p.x * far * 0.55, far * 1.9 + 4.0 * t), 0.0) - 0.5;
        let chop = noise(vec2(p.x * far * 1.7, far * 5.2 + 8.0 * t), 0.0) - 0.5;
        let wave = swell * 0.7 + chop * 0.3;
        at = vec2(p.x + wave * dist * 0.22, WATERLINE + dist * 1.25 + (wave + 0.25) * dist * 0.5);
    }
    // In the waves a pixel sees more of the sky.
    let seen = above(at, music, max(pixel(), 0.7 * length(dpdy(at))));
    let deep = linear_rgb(scene.sky.xyz * vec3(0.62, 0.9, 0.9));
    let shine = mix(0.72, 0.30, smoothstep(0.0, 0.24, dist));
    return select(seen, vec4(deep * 0.5 + seen.rgb * shine, 0.0), water);
}
