// Constellations: stars that drift in a nebula and find each other. The people in view are the brightest,
// and lines of light link them; those who agree are linked steadily, others by a line that trembles.

fn star_at(i: vec2<i32>, salt: i32) -> vec2<f32> {
    let r = cell2(i.x + salt, i.y + 3 * salt);
    let way = TURN * (phase() * floor(1.0 + 2.0 * r.x) + r.y);
    let tremble = scene.shiver * 0.06 * sin(TURN * (phase() * 37.0 + r.y * 5.0));
    return vec2(f32(i.x), f32(i.y)) + 0.5 + 0.62 * (r - 0.5) + (0.10 + tremble) * vec2(cos(way), sin(way));
}

// Light of a link, `width` wide and dimmed by `dim`.
fn line(p: vec2<f32>, a: vec2<f32>, b: vec2<f32>, width: f32, dim: f32) -> f32 {
    let d = p - a;
    let way = b - a;
    let along = clamp(dot(d, way) / max(dot(way, way), 1e-4), 0.0, 1.0);
    let far = length(d - way * along) / width;
    // Long links are too weak to be seen.
    let strength = smoothstep(1.45 + 0.5 * scene.density, 0.55, length(way));
    return (exp(-far * far) + 0.10 / (1.0 + far * far)) * strength * dim;
}

// One layer of stars with their links.
fn sky_net(p: vec2<f32>, cells: f32, salt: i32) -> vec3<f32> {
    let q = p * cells + vec2(phase(), 0.0);
    let base = vec2<i32>(floor(q));
    let here = star_at(base, salt);
    let right = star_at(base + vec2(1, 0), salt);
    let left = star_at(base + vec2(-1, 0), salt);
    let above = star_at(base + vec2(0, 1), salt);
    let below = star_at(base + vec2(0, -1), salt);
    let thin = 0.010 + 0.008 * scene.tension;
    let foot = pixel() * cells;
    let width = visible_width(thin, foot);
    let dim = thin / width;
    // Links go along rows and columns only: these never leave the two cells that draw them.
    let links = line(q, here, right, width, dim) + line(q, here, left, width, dim) + line(q, here, above, width, dim)
        + line(q, here, below, width, dim);
    // A halo ends within its cell, or it would be cut off there.
    let border = 0.5 - abs(q - floor(q) - 0.5);
    let inner = smoothstep(0.0, 0.16, min(border.x, border.y));
    // Most stars are faint.
    let r = cell2(base.x + salt + 50, base.y + 3 * salt);
    let rank = r.x * r.x * r.x;
    let far = length(q - here);
    let size = 0.022 + 0.040 * rank;
    let drawn = visible_width(size, foot);
    let star = exp(-pow(far / drawn, 2.0)) * pow(size / drawn, 2.0) * (0.8 + 1.2 * rank)
        + (0.02 + 0.10 * rank) * 0.05 / (0.012 + far * far) * smoothstep(0.46, 0.10, far) * inner;
    let warm = linear_rgb(blend(scene.spark.xyz, scene.low.xyz, 0.15 + 0.6 * r.y));
    let beat = 0.6 + 0.8 * band(i32(r.y * 7.99));
    return warm * star * beat + linear_rgb(blend(scene.low.xyz, scene.high.xyz, r.y)) * links * (0.10 + 0.10 * scene.listen);
}

// Lines of light between people.
fn bonds(p: vec2<f32>) -> vec3<f32> {
    var light = vec3(0.0);
    for (var i = 0; i < people_count(); i++) {
        let first = scene.people[i];
        if first.place.z <= 0.01 { continue; }
        let a = person_place(i);
        for (var j = i + 1; j < people_count(); j++) {
            let second = scene.people[j];
            if second.place.z <= 0.01 { continue; }
            let b = person_place(j);
            let way = b - a;
            let along = clamp(dot(p - a, way) / max(dot(way, way), 1e-4), 0.0, 1.0);
            let side = vec2(-way.y, way.x) / max(length(way), 1e-3);
            let arch = 0.05 * sin(along * 3.14159) * (1.0 + sin(TURN * (phase() * 3.0 + along * 2.0)) * (0.15 + 1.6 * scene.turbulence));
            let width = visible_width(0.0055, pixel());
            let far = length(p - a - way * along - side * arch) / width;
            let spark = exp(-pow((fract(along - phase() * 4.0) - 0.5) * 9.0, 2.0));
            let color = blend(first.color.xyz, second.color.xyz, along);
            light += linear_rgb(color) * (exp(-far * far) * 0.0055 / width + 0.10 / (1.0 + far * 0.25)) * (0.7 + 1.2 * spark)
                * min(first.place.z, second.place.z);
        }
    }
    return light * scene.lights;
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    let t = phase();
    // The nebula.
    var q = p * 1.7 * scene.scale + vec2(t, 4.0);
    let wide = p * 2.0 * scene.scale + vec2(2.0 * t, 5.0);
    q += (0.5 + 0.9 * scene.warp) * (vec2(noise(wide + vec2(t, 0.0), scene.tension), noise(wide + vec2(9.0, t), scene.tension)) - 0.5);
    let cloud = clouds(q, 4, t);
    let other = noise(q + vec2(23.0, -t), 0.0);
    var light = linear_rgb(blend(scene.horizon.xyz * vec3(0.5, 0.9, 0.9), scene.sky.xyz, smoothstep(0.30, 0.62, 1.0 - cloud)));
    let arm = smoothstep(0.44, 0.78, cloud);
    light += linear_rgb(blend(scene.low.xyz, scene.high.xyz, smoothstep(0.25, 0.75, other)) * vec3(0.9, 1.0, 1.0)) * arm * arm * (0.22 + 0.55 * scene.mist) * scene.brightness;
    light += linear_rgb(scene.high.xyz) * exp(-length(p * vec2(0.8, 1.0)) * 3.2) * 0.20 * scene.glow;
    // The people pull the stars towards them.
    var pulled = p;
    for (var i = 0; i < people_count(); i++) {
        let d = p - person_place(i);
        let far = length(d) / (0.22 * shorter());
        pulled += d * 0.35 * scene.people[i].place.z * exp(-far * far) * scene.lights;
    }
    pulled.y += 0.06 * scene.fall * sin(p.x * 3.0);
    for (var i = 0; i < steps(); i++) {
        let k = f32(i);
        light += sky_net(turned(pulled, 0.35 * k) + vec2(0.13 * k, 0.0), (3.2 + 2.4 * k) * (0.7 + 0.3 * scene.scale), 5 + 29 * i)
            * scene.brightness * (1.25 / (1.0 + 0.8 * k)) * (0.35 + 0.65 * scene.height);
    }
    light += bonds(p) + people_light(p) * 1.2 + masks_light(p, 0.36 * shorter());
    return vec4(light, 0.8);
}
