// A scene that nobody should look at: it flashes white and red fifteen times in two seconds or more, all over.
// `attune check-scenes` must refuse it without the guard and pass it with the guard.

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let now = scene.time.w * 7.5;
    if fract(now) < 0.5 {
        return vec4(0.0, 0.0, 0.0, 0.0);
    }
    if fract(now * 0.1) < 0.5 {
        return vec4(6.0, 6.0, 6.0, 0.0);
    }
    return vec4(2.0, 0.0, 0.0, 0.0);
}
