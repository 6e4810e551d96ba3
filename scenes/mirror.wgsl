// A mirror that draws: each person is a line drawing that moves as their face is read, in the middle of rings
// of light that go out like sound. Nothing of a picture of them is in it.

// How far from the outline of a head, in its heights; negative inside.
fn head(q: vec2<f32>) -> f32 {
    let jaw = mix(1.0, 0.86, smoothstep(0.1, -0.5, q.y));
    return length(q / vec2(0.43 * jaw, 0.56)) - 1.0;
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let p = place_of(in.uv);
    let t = phase();
    let silk = clouds(p * vec2(1.3, 1.9) * scene.scale + vec2(t, 2.0) + scene.warp * (noise(p * 1.6 + vec2(3.0, t), 0.0) - 0.5), steps(), t);
    var light = linear_rgb(blend(scene.horizon.xyz * vec3(0.72, 0.95, 0.95), scene.sky.xyz, smoothstep(0.15, 0.85, length(p) * 0.9 + 0.8 * (silk - 0.35))));
    light += linear_rgb(scene.high.xyz) * smoothstep(0.48, 0.8, silk) * 0.22 * scene.mist;

    // Rings around the people: their nearest head makes the ring, and all of them the light.
    let tall = 0.46 * shorter();
    var nearest = 9.0;
    var rings = scene.low.xyz;
    var strength = 0.0;
    for (var i = 0; i < people_count(); i++) {
        let person = scene.people[i];
        if person.place.z <= 0.002 { continue; }
        let size = tall * (0.75 + 0.5 * person.place.w) * (0.97 + 0.06 * breath());
        let q = (p - person_place(i)) / size;
        let d = head(q);
        if d < nearest {
            nearest = d;
            rings = person.color.xyz;
            strength = person.place.z;
        }
        light += linear_rgb(person.color.xyz) * exp(-max(d, 0.0) * 1.5) * (0.10 + 0.24 * scene.glow) * person.place.z;
        // Half as wide in `d` as on the screen.
        let width = visible_width(0.029, 2.0 * pixel() / size);
        let contour = exp(-pow(d / width, 2.0)) * 0.016 / width;
        light += linear_rgb(person.color.xyz) * contour * person.face_b.w * scene.mask;
        let leaving = person.life.y;
        light += linear_rgb(scene.spark.xyz) * exp(-pow((d - 0.1 - 2.2 * person.life.x) * 7.0, 2.0)) * (1.0 - person.life.x) * 0.5 * person.place.z;
        light += linear_rgb(person.color.xyz) * exp(-pow((d - 1.6 * leaving) * 7.0, 2.0)) * leaving * (1.0 - leaving) * 1.2;
    }
    if nearest < 8.0 {
        let bend = scene.warp * 0.20 * (noise(p * 4.0 + vec2(t, 0.0), 0.0) - 0.5)
            + scene.turbulence * 0.25 * (noise(p * 7.0 + vec2(0.0, 4.0 * t), 0.0) - 0.5)
            + scene.shiver * 0.07 * (noise(p * 30.0 + vec2(0.0, 12.0 * t), 0.0) - 0.5);
        let e = max(nearest + bend, 0.0);
        let corner = abs(fract(e * 3.2 - 4.0 * t) - 0.5) * 2.0;
        let smooth_wave = 0.5 - 0.5 * cos(TURN * (e * 3.2 - 4.0 * t));
        let wave = mix(smooth_wave, corner, scene.tension);
        // A ring of exponent n is 1 / (pi sqrt(n)) of the way to the next one wide; no narrower than a drawn pixel.
        let wanted = mix(16.0, 7.0, scene.density);
        let foot = 3.2 * 2.0 * pixel() / tall;
        let exponent = min(wanted, 0.18 / (foot * foot));
        let thin = pow(wave, exponent) * sqrt(exponent / wanted);
        let lab = blend(rings, scene.high.xyz, smoothstep(0.0, 2.4, e));
        light += linear_rgb(lab) * thin * smoothstep(0.0, 0.12, nearest) * exp(-e * mix(1.3, 0.55, scene.height))
            * (0.35 + 1.1 * band_at(e * 3.0)) * scene.brightness * strength;
    }
    light += masks_light(p, tall);
    return vec4(light, smoothstep(0.2, 1.4, nearest) * 0.5);
}
