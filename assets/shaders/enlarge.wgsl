// Enlarges a picture that is smaller than the screen with a cubic B-spline, which shows no stairs and no beads.
// A B-spline alone blurs, so the picture is sharpened first by the weights (-1, 8, -1) / 6 in each direction: together
// they nearly keep each pixel (quasi-interpolation; C. de Boor, "A Practical Guide to Splines"). Three steps, because
// one after the other they take few looks at the picture:
//   sharpen: in the size of the picture;
//   stretch: to the width of the screen;
//   and to its height in `present.wgsl`.
// Plain WGSL without imports.

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var smooth_sampler: sampler;

// A pixel gets no darker than this share of its darkest neighbour: a lamp has no black ring.
const DARKEST: f32 = 0.7;

struct Surface {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

@fragment
fn sharpen(in: Surface) -> @location(0) vec4<f32> {
    let last = vec2<i32>(textureDimensions(picture)) - 1;
    let at = vec2<i32>(in.position.xy);
    let here = textureLoad(picture, at, 0);
    let left = textureLoad(picture, vec2(max(at.x - 1, 0), at.y), 0);
    let right = textureLoad(picture, vec2(min(at.x + 1, last.x), at.y), 0);
    let above = textureLoad(picture, vec2(at.x, max(at.y - 1, 0)), 0);
    let below = textureLoad(picture, vec2(at.x, min(at.y + 1, last.y)), 0);
    let darkest = min(min(min(left, right), min(above, below)), here);
    let sharp = here + (4.0 * here - left - right - above - below) / 6.0;
    return clamp(sharp, DARKEST * darkest, vec4(1.0));
}

@fragment
fn stretch(in: Surface) -> @location(0) vec4<f32> {
    let columns = f32(textureDimensions(picture).x);
    let at = in.uv.x * columns - 0.5;
    let f = fract(at);
    let g = 1.0 - f;
    // The four weights of the spline in pairs: the sampler blends each pair in one look.
    let first = g * g * g;
    let second = 4.0 + f * f * (3.0 * f - 6.0);
    let last = f * f * f;
    let left = first + second;
    let right = 6.0 - left;
    let middle = at - f + 0.5;
    let a = textureSampleLevel(picture, smooth_sampler, vec2((middle - 1.0 + second / left) / columns, in.uv.y), 0.0);
    let b = textureSampleLevel(picture, smooth_sampler, vec2((middle + 1.0 + last / right) / columns, in.uv.y), 0.0);
    return (a * left + b * right) / 6.0;
}
