// Brings the guarded picture (display-referred linear light, often smaller than the screen) to the screen:
// smooth enlargement, stars at full resolution, vignette, dither.
// Plain WGSL without imports, apart from the number of the bind group.

struct Present {
    // Oklab of the stars, then how many there are.
    spark: vec4<f32>,
    // Width and height of the screen in pixels, phase of the twinkling (wraps at 64), vignette.
    view: vec4<f32>,
    // How far the curtain is open, 0..=1; how far the stars have wandered, in screen heights; one unused.
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

// One star at most in each cell; bigger ones are rarer.
fn stars(at: vec2<f32>, cells: f32, share: f32, salt: u32) -> f32 {
    let p = at * cells;
    let i = floor(p);
    let h = hash(u32(i.x + 4096.0) + salt, u32(i.y + 4096.0));
    let chance = smoothstep(0.0, 0.06, share - unit(h));
    let h2 = hash(h, 7u);
    let centre = vec2(0.25) + 0.5 * vec2(unit(h2), unit(hash(h2, 3u)));
    let size = 0.045 + 0.075 * unit(hash(h2, 11u));
    let d = length(p - i - centre) / size;
    // Whole turns over the 64 of the phase, so that the wrap cannot be seen.
    let pace = floor(2.0 + 12.0 * unit(hash(h2, 5u)));
    let twinkle = 0.72 + 0.28 * sin(TURN * (present.view.z * pace / 64.0 + unit(hash(h2, 13u))));
    return chance * twinkle * (exp(-d * d * 1.6) + 0.06 / (1.0 + d * d));
}

fn to_srgb(c: vec3<f32>) -> vec3<f32> {
    return select(1.055 * pow(max(c, vec3(0.0031308)), vec3(1.0 / 2.4)) - 0.055, c * 12.92, c <= vec3(0.0031308));
}

fn to_linear(c: vec3<f32>) -> vec3<f32> {
    return select(pow((max(c, vec3(0.04045)) + 0.055) / 1.055, vec3(2.4)), c / 12.92, c <= vec3(0.04045));
}

struct Surface {
    @builtin(position) position: vec4<f32>,
    @location(2) uv: vec2<f32>,
}

@fragment
fn fragment(in: Surface) -> @location(0) vec4<f32> {
    let scene = textureSample(picture, picture_sampler, in.uv);
    var light = scene.rgb;

    let height = scene.a * smoothstep(0.80, 0.25, in.uv.y);
    if height > 0.0 {
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

    // Triangular dither of one step of eight bits: dark gradients show no bands.
    let pixel = vec2<u32>(in.position.xy);
    let h = hash(pixel.x, pixel.y);
    let grain = (unit(h) + unit(hash(h, 1u)) - 1.0) / 255.0;
    return vec4(to_linear(clamp(to_srgb(light * present.curtain.x) + grain, vec3(0.0), vec3(1.0))), 1.0);
}
