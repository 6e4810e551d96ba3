// A kaleidoscopic bloom: a flower of folded light that opens with the mood, the breath and the music.

// The angle, folded into one of `petals` mirrors: -1..1 within a petal.
fn folded(angle: f32, petals: f32) -> f32 {
    let a = fract(angle / TURN * petals) * 2.0 - 1.0;
    return a;
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    let t = phase();
    let r = length(p) / shorter();
    let angle = atan2(p.y, p.x);
    let swirl = angle + scene.warp * 0.8 * (r - 0.25) + scene.turbulence * 0.5 * sin(TURN * (r * 2.0 - t));
    // The ground: a mirrored haze.
    let fold = abs(folded(swirl, 6.0));
    let haze = clouds(vec2(r * 3.4 - t, fold * 1.3 + 3.0), 3, t);
    var light = linear_rgb(blend(scene.horizon.xyz * vec3(0.70, 0.95, 0.95), scene.sky.xyz, smoothstep(0.05, 0.75, r + 0.28 * (haze - 0.5))));
    light += linear_rgb(scene.high.xyz) * smoothstep(0.4, 0.8, haze) * exp(-r * 2.2) * 0.34 * scene.mist;
    light += linear_rgb(scene.low.xyz) * exp(-r * 5.0) * 0.55 * scene.glow;

    let count = steps();
    let open = (0.10 + 0.55 * scene.height) * (0.93 + 0.16 * breath() + 0.03 * pulse());
    for (var i = 0; i < count; i++) {
        let k = (f32(i) + 0.5) / f32(count);
        // Outer petals first; each ring turns against the last.
        let ring = 1.0 - k;
        let turn = f32(1 - 2 * (i & 1));
        let petals = select(8.0, 12.0, (i & 1) == 1);
        let along = swirl + TURN * (turn * t / 8.0 + 0.31 * f32(i));
        let f = folded(along, petals);
        // A petal: broad and round; pointed with tension, ragged with a tremble.
        let round = sqrt(max(1.0 - f * f, 0.0));
        let point = 1.0 - abs(f);
        var leaf = mix(mix(round, point, 0.35), point * point, scene.tension);
        leaf += 0.22 * scene.shiver * (noise(vec2(f * 9.0, r * 12.0 + 9.0 * t), 0.0) - 0.5);
        let size = open * (0.22 + 0.95 * ring) * (1.0 + 0.22 * band_at(ring * 6.0));
        let reach = size * mix(0.52, 1.0, leaf);
        let depth = r / max(reach, 0.01);
        // The rim of a petal runs aslant where the petal is pointed: there a drawn pixel covers more of `depth`.
        let bend = mix(mix(-f / max(round, 0.1), -sign(f), 0.35), -2.0 * point * sign(f), scene.tension);
        let aslant = 0.48 * size * bend * 2.0 * petals / (TURN * max(reach, 0.01));
        let foot = pixel() / (shorter() * max(reach, 0.01)) * sqrt(1.0 + aslant * aslant);
        let rim = 0.0088 / max(size, 0.1);
        let inside = soft_edge_over(1.0 - rim - depth, rim, foot);
        if inside <= 0.0 { continue; }
        let vein = noise(vec2(f * 3.0 * scene.scale, depth * 2.0 - t + f32(i) * 5.0), 0.0);
        let lab = blend(scene.low.xyz, scene.high.xyz, clamp(0.85 * ring + 0.35 * (depth - 0.5) + 0.4 * (vein - 0.5), 0.0, 1.0));
        let hem = smoothstep(0.80, 0.99, depth);
        let shade = (0.16 + 0.62 * depth * depth + 0.30 * vein * scene.density) * (0.75 + 0.25 * (1.0 - abs(f)));
        let edge = vec3(min(lab.x + 0.14, 0.97), lab.yz * 0.85);
        let petal = linear_rgb(lab) * shade + linear_rgb(edge) * hem * 0.36;
        light = mix(light, petal * scene.brightness * 1.55, inside * mix(0.90, 0.78, scene.glow * 0.5));
    }
    // The heart, and pollen that rises from it in the sparkle.
    let heart = exp(-pow(r / max(0.075 * (0.5 + open), 0.01), 2.0));
    light += linear_rgb(vec3(min(scene.low.x + 0.12, 0.96), scene.low.yz)) * heart * (0.4 + 0.4 * breath() + 0.25 * pulse());
    let dust = vec2(abs(folded(swirl, 10.0)) * 4.0, r * 26.0 - 8.0 * t);
    let base = vec2<i32>(floor(dust));
    let mote = cell2(base.x, base.y);
    let wide = visible_width(0.10, pixel() / shorter() * max(26.0, 12.7 / max(r, 0.05)));
    let d = length(fract(dust) - 0.3 - 0.4 * mote) / wide;
    light += linear_rgb(scene.spark.xyz) * exp(-d * d) * 0.01 / (wide * wide) * smoothstep(0.0, 0.08, mote.x - 1.0 + 0.54 * scene.sparkle) * smoothstep(0.05, 0.2, r) * exp(-r * 1.6) * 0.9;
    light += people_light(p) + masks_light(p, 0.36 * shorter());
    return vec4(light, smoothstep(open * 1.2, open * 1.2 + 0.3, r) * 0.5);
}
