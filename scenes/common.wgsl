// What every scene has: the numbers that the app gives, colours, noise, the lights of the people in view,
// and the mask. The app appends this text to each `scenes/NAME.wgsl`, so that the line numbers of an error
// are those of the scene's own file. Plain WGSL without imports, apart from the number of the bind group.
//
// A scene is a function `fragment` that gives linear light (HDR) for a place on the screen; `present.wgsl`
// brings that to the screen. Alpha is how much open sky a pixel shows: stars are set there later, at the
// resolution of the screen.
//
// All motion comes from `phase()`, which the app moves on and wraps at 256. Use it in integer multiples
// only: noise repeats every 256 cells, and 256 is a whole number of turns, so the wrap cannot be seen.

// One person in view (or a light that waits for one).
struct Person {
    // Place in half screens from the middle (x to the right, y up), strength 0..1, size 0..1.
    place: vec4<f32>,
    // Colour in Oklab, then how stirred, -1..1.
    color: vec4<f32>,
    // Age of the greeting 0..1 (1: over), of the farewell 0..1 (0: still here), valence -1..1, how clearly it is read 0..1.
    life: vec4<f32>,
    // The mask: brow raised inside, outside, eyes open, smile.
    face_a: vec4<f32>,
    // Mouth open, mouth wide, nose wrinkled, strength of the mask 0..1.
    face_b: vec4<f32>,
}

struct Scene {
    // Colours in Oklab: lightness, a, b.
    sky: vec4<f32>,
    horizon: vec4<f32>,
    low: vec4<f32>,
    high: vec4<f32>,
    spark: vec4<f32>,
    // The parameters of the scene file, in its order.
    speed: f32,
    density: f32,
    scale: f32,
    height: f32,
    brightness: f32,
    warp: f32,
    tension: f32,
    shiver: f32,
    fall: f32,
    mist: f32,
    sparkle: f32,
    glow: f32,
    listen: f32,
    turbulence: f32,
    lights: f32,
    mask: f32,
    // Aspect ratio, how many steps the scene may take, phase, presence.
    view: vec4<f32>,
    // Valence, arousal, certainty, dispersion.
    mood: vec4<f32>,
    // Phase of the beat 0..1 (0: the beat), how far it is trusted, fullness of the breath 0..1,
    // seconds (wrap at 64).
    time: vec4<f32>,
    // Eight bands of the sound, bass first.
    bands_low: vec4<f32>,
    bands_high: vec4<f32>,
    people: array<Person, 6>,
    // Height of a drawn pixel in screen heights, how many of `people` to look at; two unused.
    drawing: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> scene: Scene;

const TURN: f32 = 6.283185307;
const MOST_PEOPLE: i32 = 6;

struct Surface {
    @builtin(position) position: vec4<f32>,
    @location(2) uv: vec2<f32>,
}

fn aspect() -> f32 { return scene.view.x; }
fn steps() -> i32 { return i32(scene.view.y); }
fn phase() -> f32 { return scene.view.z; }
fn presence() -> f32 { return scene.view.w; }
fn breath() -> f32 { return scene.time.z; }
fn pixel() -> f32 { return scene.drawing.x; }
// At most MOST_PEOPLE. A loop over people ends here: a processor that draws in place of a graphics card runs through
// all that a loop may do, and `continue` spares it nothing.
fn people_count() -> i32 { return i32(scene.drawing.y); }

// The place of a pixel: y from -0.5 to 0.5 upwards, x by the aspect ratio.
fn place_of(uv: vec2<f32>) -> vec2<f32> {
    return vec2((uv.x - 0.5) * aspect(), 0.5 - uv.y);
}

// The shorter side of the screen, in its heights: what must fit an upright screen is measured in it.
fn shorter() -> f32 { return min(aspect(), 1.0); }

// From 0 to 1 across an edge. `d` is the distance from it in screen heights, `soft` half its width, `foot` the
// size of a drawn pixel at this place. An edge is never narrower than a drawn pixel to each side: at a low
// resolution it would be stairs.
fn soft_edge_over(d: f32, soft: f32, foot: f32) -> f32 {
    let reach = max(soft, 0.75 * foot);
    return smoothstep(-reach, reach, d);
}

fn soft_edge(d: f32, soft: f32) -> f32 { return soft_edge_over(d, soft, pixel()); }

// Width of a soft line or dot of this width that a drawn pixel of size `foot` can show, in the same unit. What
// is widened must be dimmed by as much, so that it does not flicker as it moves from pixel to pixel.
fn visible_width(width: f32, foot: f32) -> f32 { return max(width, 0.75 * foot); }

// How near the beat is: 1 on it, 0 between two; 0 where no beat is known. Never sudden.
fn pulse() -> f32 {
    let c = 0.5 + 0.5 * cos(TURN * scene.time.x);
    return c * c * scene.time.y;
}

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

// Between two colours with the chroma kept, so that opposite colours do not meet in grey.
fn blend(a: vec3<f32>, b: vec3<f32>, t: f32) -> vec3<f32> {
    let mixed = mix(a, b, t);
    let chroma = mix(length(a.yz), length(b.yz), t);
    let own = max(length(mixed.yz), 1e-4);
    let trust = clamp(own / max(chroma, 1e-4) / 0.3, 0.0, 1.0);
    return vec3(mixed.x, mixed.yz * mix(1.0, chroma / own, trust));
}

fn scramble(n: u32) -> u32 {
    var h = n * 747796405u + 2891336453u;
    h = ((h >> ((h >> 28u) + 4u)) ^ h) * 277803737u;
    return (h >> 22u) ^ h;
}

fn unit(h: u32) -> f32 {
    return f32(h >> 8u) * (1.0 / 16777216.0);
}

// A number in 0..1 for a cell; repeats every 256 cells both ways.
fn cell(x: i32, y: i32) -> f32 {
    return unit(scramble((u32(x & 255) << 8u) + u32(y & 255)));
}

// Two numbers in 0..1 for a cell.
fn cell2(x: i32, y: i32) -> vec2<f32> {
    let h = scramble((u32(x & 255) << 8u) + u32(y & 255));
    return vec2(unit(h), unit(scramble(h)));
}

// Value noise in 0..1. A crease of 0 is round, 1 has sharp folds.
fn noise(p: vec2<f32>, crease: f32) -> f32 {
    let base = floor(p);
    let f = p - base;
    let i = vec2<i32>(base);
    let round = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    let u = mix(round, f, crease);
    return mix(
        mix(cell(i.x, i.y), cell(i.x + 1, i.y), u.x),
        mix(cell(i.x, i.y + 1), cell(i.x + 1, i.y + 1), u.x),
        u.y,
    );
}

// The same noise along a row of cells, with its slope: for outlines, whose width on the screen depends on the slope.
fn outline_noise(x: f32, row: i32, crease: f32) -> vec2<f32> {
    let base = floor(x);
    let f = x - base;
    let i = i32(base);
    let round = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    let slope = 30.0 * f * f * (f - 1.0) * (f - 1.0);
    let left = cell(i, row);
    let right = cell(i + 1, row);
    return vec2(mix(left, right, mix(round, f, crease)), (right - left) * mix(slope, 1.0, crease));
}

// How far a place is over an outline of this height and slope, in the unit of both.
fn over_outline(y: f32, line: vec2<f32>) -> f32 {
    return (y - line.x) / sqrt(1.0 + line.y * line.y);
}

// Noise in several octaves, 0..1. Each octave moves against the last. From one to the next the place is turned and
// scaled by whole numbers, so that a shift by whole periods stays one.
fn clouds(p: vec2<f32>, octaves: i32, t: f32) -> f32 {
    var sum = 0.0;
    var size = 0.5;
    var total = 0.0;
    var at = p;
    for (var i = 0; i < octaves; i++) {
        let drift = f32(1 - 2 * (i & 1)) * t;
        sum += size * noise(at + vec2(drift, f32(i) * 17.0), 0.0);
        total += size;
        size *= 0.5;
        at = vec2(2.0 * at.x - at.y, at.x + 2.0 * at.y);
    }
    return sum / max(total, 0.01);
}

fn turned(p: vec2<f32>, angle: f32) -> vec2<f32> {
    let c = cos(angle);
    let s = sin(angle);
    return vec2(p.x * c - p.y * s, p.x * s + p.y * c);
}

fn band(i: i32) -> f32 {
    return select(scene.bands_high[i & 3], scene.bands_low[i & 3], i < 4);
}

// A band between 0 (bass) and 7 (treble), with what lies between two.
fn band_at(place: f32) -> f32 {
    let at = clamp(place, 0.0, 6.999);
    let i = i32(at);
    return mix(band(i), band(i + 1), smoothstep(0.0, 1.0, fract(at)));
}

// Where a person's light is on the screen.
fn person_place(i: i32) -> vec2<f32> {
    return scene.people[i].place.xy * vec2(0.5 * aspect(), 0.5) * 0.86;
}

// The lights of the people: each a soft glow that breathes, a ring when somebody comes, and embers that
// rise when somebody goes. People who differ make the lights tremble against each other.
fn people_light(p: vec2<f32>) -> vec3<f32> {
    var light = vec3(0.0);
    let count = select(0, people_count(), scene.lights > 0.001);
    for (var i = 0; i < count; i++) {
        let person = scene.people[i];
        if person.place.z <= 0.002 { continue; }
        let size = (0.055 + 0.06 * person.place.w) * (0.9 + 0.2 * breath()) * shorter();
        var d = p - person_place(i);
        let far = length(d) / size;
        if far > 9.0 { continue; }
        let gone = person.life.y;
        // Disagreement pulls each light out of its round shape, in its own way.
        let angle = atan2(d.y, d.x);
        let wobble = sin(angle * 3.0 + TURN * (phase() * 2.0 + f32(i) * 0.37))
            + 0.6 * sin(angle * 5.0 - TURN * (phase() * 3.0 + f32(i) * 0.61));
        let r = far * (1.0 + 0.16 * scene.turbulence * wobble) / (1.0 + 1.4 * gone);
        let core = exp(-r * r * 5.0) * 0.9;
        let halo = exp(-r * 1.7) * 0.42;
        let ring_at = 0.5 + 5.0 * person.life.x;
        let ring = exp(-pow((far - ring_at) * 2.2, 2.0)) * (1.0 - person.life.x) * (1.0 - person.life.x) * 0.8;
        let rgb = linear_rgb(person.color.xyz);
        let white = linear_rgb(vec3(min(person.color.x + 0.2, 0.97), person.color.yz * 0.45));
        light += (rgb * (halo + ring) + white * core) * person.place.z * (1.0 - gone);
    }
    return light * scene.lights;
}

// How near a point is to a bent line from `a` over `b` to `c`: a quadratic curve, as four pieces.
fn curve(p: vec2<f32>, a: vec2<f32>, b: vec2<f32>, c: vec2<f32>) -> f32 {
    var nearest = 1e6;
    var last = a;
    for (var i = 1; i <= 6; i++) {
        let t = f32(i) / 6.0;
        let next = mix(mix(a, b, t), mix(b, c, t), t);
        let d = p - last;
        let line = next - last;
        let along = clamp(dot(d, line) / max(dot(line, line), 1e-6), 0.0, 1.0);
        nearest = min(nearest, length(d - line * along));
        last = next;
    }
    return nearest;
}

// The lines of a face around the origin, about one unit high: brows, eyes, nose, mouth. Gives the distance.
fn face_lines(p: vec2<f32>, a: vec4<f32>, b: vec4<f32>) -> f32 {
    let side = vec2(abs(p.x), p.y);
    // Brow: from the nose outwards.
    var d = curve(side, vec2(0.085, 0.175 + 0.075 * a.x - 0.02 * b.z), vec2(0.20, 0.245 + 0.05 * (a.x + a.y)),
        vec2(0.325, 0.175 + 0.075 * a.y));
    // Lids.
    let open = 0.012 + 0.058 * a.z;
    d = min(d, curve(side, vec2(0.105, 0.06), vec2(0.20, 0.06 + 2.0 * open), vec2(0.295, 0.06)));
    d = min(d, curve(side, vec2(0.105, 0.06), vec2(0.20, 0.06 - 1.1 * open * (1.0 - 0.5 * max(a.w, 0.0))),
        vec2(0.295, 0.06)));
    // Iris: a dot in the middle that closed lids cover.
    let iris = max(length(side - vec2(0.20, 0.064)) - 0.022 * smoothstep(0.012, 0.045, open), 0.0);
    d = min(d, iris + 0.02 * smoothstep(0.02, 0.012, open));
    // Nose, and its wrinkles.
    d = min(d, curve(side, vec2(0.012, -0.105), vec2(0.05, -0.125), vec2(0.068, -0.085 + 0.03 * b.z)));
    if b.z > 0.05 {
        d = min(d, curve(side, vec2(0.04, 0.03), vec2(0.055, 0.0), vec2(0.095, -0.015)) + 0.03 * (1.0 - b.z));
    }
    // Mouth: two lips between its corners.
    let corner = vec2(0.125 + 0.055 * b.y, -0.245 + 0.065 * a.w);
    let middle = -0.245 - 0.055 * a.w;
    d = min(d, curve(side, corner, vec2(0.08, middle + 0.07 * b.x), vec2(-0.08, middle + 0.07 * b.x)));
    d = min(d, curve(side, corner, vec2(0.09, middle - 0.19 * b.x), vec2(-0.09, middle - 0.19 * b.x)));
    return d;
}

// The masks of the people, drawn as light from what is read of them. `scale` is the height of a face.
fn masks_light(p: vec2<f32>, scale: f32) -> vec3<f32> {
    var light = vec3(0.0);
    let count = select(0, people_count(), scene.mask > 0.001);
    for (var i = 0; i < count; i++) {
        let person = scene.people[i];
        let strength = person.face_b.w * (1.0 - person.life.y);
        if strength <= 0.002 { continue; }
        let size = scale * (0.75 + 0.5 * person.place.w);
        let q = (p - person_place(i)) / size;
        if max(abs(q.x), abs(q.y)) > 0.62 { continue; }
        let d = face_lines(q, person.face_a, person.face_b);
        let width = visible_width(0.0105, pixel() / size);
        let line = exp(-d * d / (width * width)) * 0.0105 / width + 0.16 * exp(-d * 26.0);
        let rgb = linear_rgb(vec3(min(person.color.x + 0.16, 0.96), person.color.yz * 0.7));
        light += rgb * line * strength * smoothstep(0.62, 0.45, max(abs(q.x), abs(q.y)));
    }
    return light * scene.mask;
}
