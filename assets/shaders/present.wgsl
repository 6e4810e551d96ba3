// Brings the guarded picture (display-referred linear light) to the screen: stars at full resolution, vignette,
// dither. A picture that was smaller than the screen comes from `enlarge.wgsl` in the screen's width, and gets its
// height here.
// Plain WGSL without imports, apart from the number of the bind group.

struct Present {
    // Oklab of the stars, then how many there are.
    spark: vec4<f32>,
    // Width and height of the screen in pixels, phase of the twinkling (wraps at 64), vignette.
    view: vec4<f32>,
    // How far the curtain is open, 0..=1; how far the stars have wandered, in screen heights;
    // 1 if the picture has fewer rows than the screen.
    curtain: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> present: Present;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var picture_sampler: sampler;

const TURN: f32 = 6.283185307;

// Oklab to linear sRGB (Björn Ottosson, 2020).
fn linear_rgb(lab: vec3<f32>) -> vec3<f32> {
    let l = lab.x + 0.3963377774 * lab.y + 0.2158037573 * lab.z;
    let m = lab.x - 0.1055613458 * lab.y - 0.0638541728 * lab.z;
    let s = lab.x - 0.0894841775 * lab.y - 1.2914855480 * lab.z;
    let c = vec3(l * l * l, m * m * m, s * s * s);
    return max(vec3(
        4.0767416621 * c.x - 3.3077115913 * c.y + 0.2309699292 * c.z,
        -1.2684380046 * c.x + 2.6097574011 * c.y - 0.3413193965 * c.z,
        -0.0041960863 * c.x - 0.7034186147 * c.y + 1.7076147010 * c.z,
    ), vec3(0.0));
}

fn hash(x: u32, y: u32) -> u32 {
    var h = x * 1664525u + y * 22695477u + 1013904223u;
    h = h * 747796405u + 2891336453u;
    h = ((h >> ((h >> 28u) + 4u)) ^ h) * 277803737u;
    return (h >> 22u) ^ h;
}

fn unit(h: u32) -> f32 {
    return f32(h >> 8u) * (1.0 / 16777216.0);
}

// One of the four bytes of a hash, 0..=1.
fn byte(h: u32, number: u32) -> f32 {
    return f32((h >> (8u * number)) & 0xffu) * (1.0 / 255.0);
}

// One star at most in each cell; bigger ones are rarer.
fn stars(at: vec2<f32>, cells: f32, share: f32, salt: u32) -> f32 {
    let p = at * cells;
    let i = floor(p);
    let h = hash(u32(i.x + 4096.0) + salt, u32(i.y + 4096.0));
    let chance = smoothstep(0.0, 0.06, share - unit(h));
    let h2 = hash(h, 7u);
    let centre = vec2(0.25) + 0.5 * vec2(byte(h2, 0u), byte(h2, 1u));
    let size = 0.045 + 0.075 * byte(h2, 2u);
    let d = length(p - i - centre) / size;
    // Whole turns over the 64 of the phase, so that the wrap cannot be seen.
    let pace = floor(2.0 + 12.0 * byte(h2, 3u));
    let twinkle = 0.72 + 0.28 * sin(TURN * (present.view.z * pace / 64.0 + unit(h)));
    return chance * twinkle * (exp(-d * d * 1.6) + 0.06 / (1.0 + d * d));
}

// The picture at a place; between its rows a cubic B-spline, as `stretch` of `enlarge.wgsl` is between columns.
fn picture_at(uv: vec2<f32>) -> vec4<f32> {
    let rows = f32(textureDimensions(picture).y);
    let at = uv.y * rows - 0.5;
    let f = fract(at);
    let g = 1.0 - f;
    let first = g * g * g;
    let second = 4.0 + f * f * (3.0 * f - 6.0);
    let last = f * f * f;
    let upper = first + second;
    let lower = 6.0 - upper;
    let middle = at - f + 0.5;
    // Where nothing is enlarged, both looks fall on the pixel itself.
    let enlarged = present.curtain.w > 0.5;
    let a = select(uv.y, (middle - 1.0 + second / upper) / rows, enlarged);
    let b = select(uv.y, (middle + 1.0 + last / lower) / rows, enlarged);
    return (textureSampleLevel(picture, picture_sampler, vec2(uv.x, a), 0.0) * upper
        + textureSampleLevel(picture, picture_sampler, vec2(uv.x, b), 0.0) * lower) / 6.0;
}

struct Surface {
    @builtin(position) position: vec4<f32>,
    @location(2) uv: vec2<f32>,
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let scene = picture_at(in.uv);
    var light = scene.rgb;

    let height = scene.a * smoothstep(0.80, 0.25, in.uv.y);
    if height * present.spark.w > 0.0 {
        let at = vec2(in.uv.x * present.view.x / max(present.view.y, 1.0), in.uv.y) + present.curtain.yz;
        let veiled = 1.0 - smoothstep(0.12, 0.75, dot(light, vec3(0.2126, 0.7152, 0.0722)));
        let few = stars(at, 26.0, present.spark.w * 0.30, 0u);
        let many = stars(at, 61.0, present.spark.w * 0.45, 101u) * 0.55;
        let star = linear_rgb(present.spark.xyz) * (few + many) * height * (0.25 + 0.75 * veiled);
        // Light on light, never more than white.
        light = 1.0 - (1.0 - light) * exp(-1.25 * star);
    }

    let from_middle = (in.uv - 0.5) * vec2(1.0, 0.85);
    light *= 1.0 - present.view.w * smoothstep(0.05, 0.62, dot(from_middle, from_middle) * 1.7);

    // Triangular dither of one step of eight bits in sRGB: dark gradients show no bands. The step in linear light
    // is the slope of the curve of sRGB, which is straight at its dark end.
    let pixel = vec2<u32>(in.position.xy);
    let h = hash(pixel.x, pixel.y);
    let grain = (f32(h & 0xffffu) + f32(h >> 16u)) / 65535.0 - 1.0;
    let shown = light * present.curtain.x;
    // 2.275 pow(shown, 1.4 / 2.4) to 5 %.
    let root = sqrt(max(shown, vec3(0.0)));
    let slope = max(2.275 * root * (0.5 + 0.5 * sqrt(root)), vec3(1.0 / 12.92));
    return vec4(clamp(shown + grain * slope / 255.0, vec3(0.0), vec3(1.0)), 1.0);
}
