// A murmuration: thousands of lights that flock over a low land, form, and dissolve.
// The flock gathers around the people in view.

// How thick the flock is at a place.
fn flock(p: vec2<f32>) -> f32 {
    let t = phase();
    let wide = shorter() * (0.5 + 0.5 * aspect() / max(shorter(), 0.01) * 0.5);
    var sum = 0.0;
    for (var i = 0; i < 4; i++) {
        let k = f32(i);
        // Slow ways that meet and part; 1/8 of a phase is a whole number of turns in 256.
        let way = TURN * (t * (1.0 + k) / 8.0 + k * 0.23);
        let at = vec2(cos(way) * wide * (0.30 + 0.16 * k), 0.07 + sin(way * 2.0 + k) * 0.13 * (1.0 + 0.6 * scene.height))
            - vec2(0.0, 0.22 * scene.fall);
        let d = (p - at) / vec2(0.26 + 0.06 * k, 0.11 + 0.05 * scene.height) / max(shorter(), 0.6);
        sum += exp(-dot(d, d));
    }
    for (var i = 0; i < people_count(); i++) {
        let person = scene.people[i];
        let d = (p - person_place(i)) / (0.17 * shorter());
        sum += 0.8 * person.place.z * exp(-dot(d, d));
    }
    return sum;
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    let t = phase();
    // The sky after the sun has gone.
    let up = clamp(p.y + 0.34, 0.0, 1.0);
    let bank = clouds(vec2(p.x * 1.3, p.y * 4.2) + vec2(t, 2.0), 3, t);
    let lab = blend(scene.horizon.xyz, scene.sky.xyz, smoothstep(0.0, 0.75, up + 0.22 * (bank - 0.5)));
    var light = linear_rgb(lab);
    light += linear_rgb(scene.low.xyz) * exp(-length((p - vec2(0.12 * aspect(), -0.30)) * vec2(0.75, 1.5)) * 4.2) * 0.9 * scene.glow;
    light += linear_rgb(scene.high.xyz) * smoothstep(0.45, 0.8, bank) * 0.10 * scene.mist * (1.0 - up);

    // The air that carries them: its eddies bend each layer of birds together.
    let eddy = vec2(noise(p * 2.6 * scene.scale + vec2(t, 5.0), scene.tension), noise(p * 2.6 * scene.scale + vec2(19.0, t), scene.tension)) - 0.5;
    let blown = p + eddy * (0.10 + 0.16 * scene.warp + 0.14 * scene.turbulence);
    let body = flock(blown);
    let thick = smoothstep(0.10, 1.1, body) * (0.35 + 0.85 * scene.density);
    // Far birds are a haze.
    light += linear_rgb(blend(scene.low.xyz, scene.high.xyz, clamp(body * 0.5, 0.0, 1.0))) * thick * thick * 0.17 * scene.brightness;
    let count = steps();
    for (var i = 0; i < count; i++) {
        let k = f32(i);
        let near = (k + 0.5) / f32(count);
        // A cell is never so small that a drawn pixel could not show its bird.
        let grid = min((74.0 - 34.0 * near) / max(shorter(), 0.6), 0.35 / pixel());
        let foot = pixel() * grid;
        let q = turned(blown + eddy * near * 0.10, k * 1.7) * grid
            + vec2(4.0 * t, 2.0 * t) * f32(1 - 2 * (i & 1));
        let base = floor(q);
        let at = vec2<i32>(base) + vec2<i32>(i * 37, i * 71);
        let r = cell2(at.x, at.y);
        // Each bird beats its own small round within its cell.
        let whirl = TURN * (t * floor(4.0 + 5.0 * r.x) + r.y);
        let tremble = scene.shiver * 0.10 * sin(TURN * (t * 41.0 + r.x * 7.0));
        let bird = vec2(0.5) + (0.16 + tremble) * vec2(cos(whirl), sin(whirl));
        let d = q - base - bird;
        let heading = turned(d, -whirl);
        // A short stroke along its way.
        let size = mix(0.085, 0.16, near * r.y) * vec2(0.67, 1.33);
        let drawn = vec2(visible_width(size.x, foot), visible_width(size.y, foot));
        let far = length(heading / drawn);
        let here = smoothstep(0.0, 0.25, thick - r.x * 0.92);
        let dot = exp(-far * far) * here * size.x * size.y / (drawn.x * drawn.y);
        let color = blend(scene.low.xyz, scene.high.xyz, smoothstep(0.2, 0.9, r.y + 0.4 * (near - 0.5)));
        let bright = vec3(min(color.x + 0.14 * r.x, 0.97), color.yz);
        light += linear_rgb(bright) * dot * scene.brightness * mix(0.9, 2.2, near) * (0.75 + 0.5 * band(i32(r.y * 7.99)));
    }
    // The land: two low ridges and reeds.
    let far_hill = 0.075 * outline_noise(p.x * 2.1 + 4.0, 3, 0.3) * vec2(1.0, 2.1) + 0.02 * outline_noise(p.x * 8.0, 9, 0.4) * vec2(1.0, 8.0);
    let near_hill = 0.06 * outline_noise(p.x * 1.4 + 30.0, 6, 0.3) * vec2(1.0, 1.4);
    // Reeds that are thinner than a drawn pixel become a hem of their mean height.
    let stalk = outline_noise(p.x * 150.0, 1, 1.0);
    let reed = mix(vec2(stalk.x * stalk.x * stalk.x, 450.0 * stalk.x * stalk.x * stalk.y), vec2(0.2, 0.0), smoothstep(0.3, 1.0, 150.0 * pixel()));
    light = mix(linear_rgb(blend(scene.horizon.xyz, scene.sky.xyz, 0.62) * vec3(0.72, 0.9, 0.9)), light, soft_edge(over_outline(p.y + 0.335, far_hill), 0.003));
    let open = soft_edge(over_outline(p.y + 0.415, near_hill + 0.05 * reed), 0.003);
    light = mix(linear_rgb(scene.sky.xyz * vec3(0.5, 0.7, 0.7)), light, open);
    light += (people_light(p) * 0.6 + masks_light(p, 0.34 * shorter())) * open;
    return vec4(light, open * smoothstep(0.1, 0.5, up) * 0.6);
}
