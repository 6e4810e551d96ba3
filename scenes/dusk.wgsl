// Terrain at dusk: ridge behind ridge with mist in the valleys, and a low sun or moon.

// Height of a ridge at a place, 0..1, and its slope; sharp with tension.
fn ridge(x: f32, row: i32) -> vec2<f32> {
    let crease = 0.15 + 0.85 * scene.tension;
    let wide = outline_noise(x, row, crease);
    let middle = outline_noise(x * 3.0 + 5.0, row + 40, crease) * vec2(1.0, 3.0);
    let fine = outline_noise(x * 8.0 + 11.0, row + 80, crease) * vec2(1.0, 8.0);
    return 0.60 * wide + 0.28 * middle + 0.12 * fine * (1.0 + scene.shiver);
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    let t = phase();
    // The sun stands higher the lighter the mood.
    let sun = vec2(0.16 * aspect(), -0.06 + 0.30 * scene.height - 0.18 * scene.fall);
    let up = clamp(p.y + 0.25, 0.0, 0.75) / 0.75;
    let bank = clouds(vec2(p.x * 1.1, p.y * 5.0) + vec2(t, 8.0) + scene.warp * 0.8 * (noise(p * 2.0 + vec2(t, 0.0), 0.0) - 0.5), 3, t);
    var light = linear_rgb(blend(scene.horizon.xyz, scene.sky.xyz, smoothstep(0.0, 0.9, up)));
    let lit = smoothstep(0.48, 0.85, bank);
    light += linear_rgb(blend(scene.low.xyz, scene.high.xyz, up)) * lit * (0.10 + 0.22 * scene.mist) * (1.0 - 0.5 * up);
    let far = length(p - sun);
    let size = 0.062 * (1.0 + 0.06 * breath()) * shorter();
    let disc = soft_edge(size - 0.003 - far, 0.003);
    let warm = vec3(min(scene.low.x + 0.12, 0.97), scene.low.yz * 0.8);
    light += linear_rgb(warm) * disc * (0.9 + 0.3 * scene.brightness);
    light += linear_rgb(scene.low.xyz) * (exp(-max(far - size, 0.0) * 7.0) * 0.62 + exp(-far * 2.2) * 0.32) * scene.brightness * (0.6 + 0.6 * scene.glow);
    // Birds are rare stars of the day: none. Stars come later, where the sky is open.
    var open = smoothstep(0.05, 0.5, up) * (1.0 - disc);

    let count = steps();
    for (var i = 0; i < count; i++) {
        let near = (f32(i) + 0.5) / f32(count);
        let row = i * 13 + 2;
        // The land goes by, near ridges faster: whole cells over the wrap of the phase.
        let fine = mix(2.6, 0.95, near) * scene.scale;
        let x = p.x * fine + t * f32(i + 1);
        let lift = 0.03 * scene.listen * band_at(6.0 * (1.0 - near)) * (1.0 - near);
        let tall = mix(0.16, 0.20, near) * (0.8 + 0.5 * scene.density);
        let crest = tall * (ridge(x, row) * vec2(1.0, fine) - vec2(0.35, 0.0));
        let top = crest.x + mix(0.02, -0.44, near) + lift;
        let solid = soft_edge(-over_outline(p.y, vec2(top, crest.y)), mix(0.006, 0.002, near));
        // Far land takes the colour of the air; near land is dark.
        let air = blend(scene.horizon.xyz, scene.sky.xyz * vec3(0.62, 0.8, 0.8), smoothstep(0.0, 0.85, near));
        var land = linear_rgb(air * vec3(mix(0.86, 0.60, near), 1.0, 1.0));
        // Light of the sun along the crest, and mist that fills the valley below.
        let below = top - p.y;
        let toward = exp(-abs(p.x - sun.x) * 2.2);
        land += linear_rgb(scene.low.xyz) * exp(-below * 60.0) * (0.05 + 0.30 * toward) * scene.brightness * (1.0 - 0.6 * near);
        let wisp = noise(vec2(p.x * 2.2 - 2.0 * t, f32(row) + p.y * 5.0), 0.0);
        let fog = smoothstep(0.02, 0.20, below) * (0.25 + 0.75 * wisp) * (1.0 - 0.55 * near);
        land += linear_rgb(blend(scene.low.xyz, scene.high.xyz, near)) * fog * (0.05 + 0.30 * scene.mist);
        // With tension, embers glow in the valleys.
        land += linear_rgb(scene.low.xyz) * scene.tension * smoothstep(0.62, 0.9, wisp) * smoothstep(0.03, 0.12, below) * 0.5;
        light = mix(light, land, solid);
        open *= 1.0 - solid;
    }
    light += people_light(p) + masks_light(p, 0.34 * shorter());
    return vec4(light, open);
}
