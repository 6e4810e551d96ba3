// The flash guard, and the mixing of two scenes before it. Three passes:
//   cells:  looks at each cell of the picture as it is wanted and as it was shown, and says how far it may go;
//   spread: takes the smallest share of a cell and its neighbours, so that none goes further than it may;
//   apply:  mixes what is wanted into what was shown by that share. A share of 1 leaves the picture untouched.
// The numbers are those of `src/visuals/guard/token_bucket.rs`, which explains them and is tested.
// Plain WGSL without imports.

struct Guard {
    // Share of the second scene, seconds since the last picture, 1 if the guard is on, looks across a cell.
    mixing: vec4<f32>,
    // Capacity, refill, free_above, slew.
    bucket: vec4<f32>,
    // Swing, swing of red, two unused.
    swing: vec4<f32>,
}

@group(0) @binding(0) var<uniform> guard: Guard;
@group(0) @binding(1) var smooth_sampler: sampler;
@group(0) @binding(2) var front: texture_2d<f32>;
@group(0) @binding(3) var back: texture_2d<f32>;
@group(0) @binding(4) var shown: texture_2d<f32>;
// Of luminance and of redness: furthest value, 1 while rising, tokens spent; the first also the share.
@group(0) @binding(5) var light_cells: texture_2d<f32>;
@group(0) @binding(6) var red_cells: texture_2d<f32>;
@group(0) @binding(7) var shares: texture_2d<f32>;

const CELLS: f32 = 48.0;
const HELD: f32 = 0.85;
const FAR: f32 = 1e9;

struct Surface {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

// Roll off highlights: half by brightness (keeps the hue), half by channel (lets white bloom out).
fn rolled(light: vec3<f32>) -> vec3<f32> {
    let peak = max(max(light.r, light.g), max(light.b, 0.0001));
    let kept = light * ((1.0 - exp(-peak * 1.25)) / peak);
    let bled = vec3(1.0) - exp(-light * 1.25);
    return clamp(mix(kept, bled, 0.45), vec3(0.0), vec3(1.0));
}

fn wanted(uv: vec2<f32>) -> vec4<f32> {
    let a = textureSampleLevel(front, smooth_sampler, uv, 0.0);
    var result = vec4(rolled(max(a.rgb, vec3(0.0))), clamp(a.a, 0.0, 1.0));
    if guard.mixing.x > 0.0 {
        let b = textureSampleLevel(back, smooth_sampler, uv, 0.0);
        result = mix(result, vec4(rolled(max(b.rgb, vec3(0.0))), clamp(b.a, 0.0, 1.0)), guard.mixing.x);
    }
    return result;
}

// Relative luminance, and redness faded in as the red becomes saturated.
fn measure(c: vec3<f32>) -> vec2<f32> {
    let sum = c.r + c.g + c.b;
    let near = clamp((c.r / max(sum, 1e-4) - 0.6) / 0.2, 0.0, 1.0);
    let red = select(near * near * (3.0 - 2.0 * near) * max(c.r - c.g - c.b, 0.0), 0.0, sum < 1e-4);
    return vec2(dot(c, vec3(0.2126, 0.7152, 0.0722)), red);
}

// What is remembered, after a look at the value that was shown.
fn seen(track: vec3<f32>, value: f32, swing: f32) -> vec3<f32> {
    let spent = max(track.z - guard.bucket.y * guard.mixing.y, 0.0);
    let rising = track.y > 0.5;
    let way = select(track.x - value, value - track.x, rising);
    if way >= 0.0 {
        return vec3(value, track.y, spent);
    }
    if -way < swing {
        return vec3(track.x, track.y, spent);
    }
    return vec3(value, 1.0 - track.y, spent + 1.0);
}

// Smallest and largest value that may come next.
fn band(track: vec3<f32>, swing: f32) -> vec2<f32> {
    if guard.bucket.x - track.z >= 1.0 {
        return vec2(-FAR, FAR);
    }
    return select(vec2(-FAR, track.x + HELD * swing), vec2(track.x - HELD * swing, FAR), track.y > 0.5);
}

struct Cells {
    @location(0) light: vec4<f32>,
    @location(1) red: vec4<f32>,
}

@fragment
fn cells(in: Surface) -> Cells {
    let cell = floor(in.position.xy);
    let looks = i32(guard.mixing.w);
    var want = vec2(0.0);
    var show = vec2(0.0);
    for (var y = 0; y < looks; y++) {
        for (var x = 0; x < looks; x++) {
            let uv = (cell + (vec2(f32(x), f32(y)) + 0.5) / guard.mixing.w) / CELLS;
            want += measure(wanted(uv).rgb);
            show += measure(textureSampleLevel(shown, smooth_sampler, uv, 0.0).rgb);
        }
    }
    let count = guard.mixing.w * guard.mixing.w;
    want /= count;
    show /= count;

    let place = vec2<i32>(cell);
    let light = seen(textureLoad(light_cells, place, 0).xyz, show.x, guard.swing.x);
    let red = seen(textureLoad(red_cells, place, 0).xyz, show.y, guard.swing.y);
    var limits = band(light, guard.swing.x);
    if guard.bucket.x - light.z < guard.bucket.z {
        let step = guard.bucket.w * guard.mixing.y;
        limits = vec2(max(limits.x, show.x - step), min(limits.y, show.x + step));
    }
    let red_limits = band(red, guard.swing.y);
    let way = want.x - show.x;
    let goal = clamp(want.x, min(limits.x, limits.y), limits.y);
    var share = select(clamp((goal - show.x) / way, 0.0, 1.0), 1.0, abs(way) < 1e-6);
    if want.y < red_limits.x || want.y > red_limits.y {
        share = 0.0;
    }
    return Cells(vec4(light, share), vec4(red, 0.0));
}

@fragment
fn spread(in: Surface) -> @location(0) vec4<f32> {
    let place = vec2<i32>(floor(in.position.xy));
    let last = vec2(i32(CELLS) - 1);
    var least = 1.0;
    for (var y = -1; y <= 1; y++) {
        for (var x = -1; x <= 1; x++) {
            least = min(least, textureLoad(light_cells, clamp(place + vec2(x, y), vec2(0), last), 0).w);
        }
    }
    return vec4(least, 0.0, 0.0, 1.0);
}

@fragment
fn apply(in: Surface) -> @location(0) vec4<f32> {
    let want = wanted(in.uv);
    let share = textureSampleLevel(shares, smooth_sampler, in.uv, 0.0).r;
    if guard.mixing.z < 0.5 || share > 0.999 {
        return want;
    }
    return mix(textureSampleLevel(shown, smooth_sampler, in.uv, 0.0), want, share);
}
