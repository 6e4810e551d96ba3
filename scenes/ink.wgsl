// Ink in water: coloured clouds that unfold in a lit tank. Each person lets ink into the water.

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    let t = phase();
    let n = steps();
    // The water: light comes from above and gets lost below.
    let shaft = noise(vec2(p.x * 3.1 + p.y * 0.9 + t, 2.0 * t), 0.0) * 0.6 + noise(vec2(p.x * 7.3 + p.y * 1.7 - t, t), 0.0) * 0.4;
    let depth = clamp(0.5 - p.y, 0.0, 1.0);
    var light = linear_rgb(blend(scene.horizon.xyz * vec3(0.86, 0.95, 0.95), scene.sky.xyz, smoothstep(0.0, 0.85, depth)));
    light *= 0.75 + 0.9 * scene.glow * shaft * (1.0 - depth);

    // The ink follows water that turns; disagreement stirs it.
    let stir = 1.1 + 1.5 * scene.warp + 1.2 * scene.turbulence;
    var q = p * 2.3 * scene.scale + vec2(3.0, 7.0);
    let wide = vec2(clouds(q * 0.6 + vec2(0.0, t), 2, t), clouds(q * 0.6 + vec2(5.2, -t), 2, t)) - 0.5;
    q += stir * wide * 1.15;
    let fine = vec2(noise(q * 1.6 + vec2(t, 9.0), scene.tension), noise(q * 1.6 + vec2(17.0, t), scene.tension)) - 0.5;
    q += (0.5 + 0.5 * scene.warp) * fine;
    q += scene.shiver * 0.20 * (vec2(noise(q * 7.0 + vec2(0.0, 6.0 * t), 0.0), noise(q * 7.0 + vec2(31.0, 6.0 * t), 0.0)) - 0.5);
    let ink = clouds(q, n, t);
    let tint = noise(q * 0.7 + vec2(40.0, t), 0.0);

    // More ink near people, and where the picture is dense; sound swells it.
    var more = 0.22 * (scene.density - 0.5) + 0.05 * (band_at(4.0 * abs(p.x)) - 0.3);
    for (var i = 0; i < people_count(); i++) {
        let person = scene.people[i];
        let far = length(p - person_place(i)) / (0.28 * shorter());
        more += 0.16 * scene.lights * person.place.z * exp(-far * far);
    }
    more += 0.10 * scene.height * (0.5 - depth) * (1.0 - 2.0 * scene.fall);
    let thick = ink + more;
    // Thin ink is a veil, thick ink has folds with light and shade.
    let body = smoothstep(0.44, 0.72, thick);
    let heart = smoothstep(0.52, 0.86, thick);
    let fold = noise(q * 2.3 + vec2(60.0, t), 0.3 + 0.7 * scene.tension);
    let lab = blend(scene.low.xyz, scene.high.xyz, smoothstep(0.12, 0.88, tint + 0.45 * (fold - 0.5)));
    let shade = (0.30 + 0.85 * fold) * mix(1.0, 0.62, heart) + 0.18;
    let deep = vec3(lab.x * mix(0.98, 0.80, heart), lab.yz);
    light = mix(light, linear_rgb(deep) * shade * scene.brightness * 1.45, body * 0.92);
    // Where ink meets water it is thin, and lit from behind.
    let hem = exp(-pow((thick - 0.52) * 16.0, 2.0));
    let lit = vec3(min(scene.low.x + 0.10, 0.97), scene.low.yz * 0.8);
    light += linear_rgb(lit) * hem * (0.05 + 0.16 * scene.mist) * (0.3 + fold);
    // Motes in the water.
    let grid = p * 26.0 + vec2(t * 4.0, t * 2.0);
    let base = vec2<i32>(floor(grid));
    let mote = cell2(base.x, base.y);
    let mote_size = visible_width(0.06, 26.0 * pixel());
    let far = length(fract(grid) - 0.25 - 0.5 * mote) / mote_size;
    light += linear_rgb(scene.spark.xyz) * exp(-far * far) * 0.0036 / (mote_size * mote_size) * smoothstep(0.0, 0.08, cell(base.x + 9, base.y) - 1.0 + 0.34 * scene.sparkle) * 0.5 * (1.0 - body);
    light += people_light(p) * 0.7 + masks_light(p, 0.36 * shorter());
    return vec4(light, 0.0);
}
