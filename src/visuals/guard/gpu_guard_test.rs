//! The passes on the graphics card against the same guard in plain Rust, on the same pictures.

#[path = "../../../tests/support/requirements.rs"]
mod requirements;

use bevy::asset::RenderAssetUsages;
use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::log::LogPlugin;
use bevy::render::render_resource::{
    CommandEncoderDescriptor, MapMode, PollType, TexelCopyBufferInfo, TexelCopyBufferLayout,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use requirements::is_met;

use super::*;
use crate::foundation::ClockMode;
use crate::visuals::guard::cpu_guard::CpuFlashGuard;
use crate::visuals::guard::token_bucket::luminance;
use crate::visuals::{PictureOutput, graphics_available, make_ready, plugins};

/// Two pixels across a cell: the card looks once, between its four pixels, where plain Rust takes the mean of them.
const SIDE: usize = CELLS * 2;
const RATE: f64 = 30.0;
const PICTURES: usize = 60;
/// How far the mean luminance of any cell may differ after one step from the same picture, where 0.1 is a flash. The
/// card keeps pictures in 16 bits and finds its way between cells in 256 steps.
const TOLERANCE: f32 = 0.008;
/// The share of the cells of a restless pattern that may differ more: where a cell lies just at a limit, rounding decides whether it
/// turns now or a picture later, and its neighbours go with it.
const AT_A_LIMIT: f32 = 0.03;
/// How far all cells may differ in the mean after any number of steps on their own.
const DRIFT: f32 = 0.008;

/// A picture as 8-bit linear light: red, green, blue, and full cover.
type Pixels = Vec<[u8; 4]>;

fn plain([r, g, b]: [u8; 3]) -> Pixels {
    vec![[r, g, b, 255]; SIDE * SIDE]
}

/// One colour for each cell.
fn by_cell(color: impl Fn(usize, usize) -> [u8; 3]) -> Pixels {
    (0..SIDE * SIDE)
        .map(|pixel| {
            let [r, g, b] = color(pixel % SIDE / 2, pixel / SIDE / 2);
            [r, g, b, 255]
        })
        .collect()
}

/// What is wanted at a time: both scenes, and the share of the second.
struct Wish {
    scenes: [Pixels; 2],
    mixture: f32,
}

fn alone(picture: Pixels) -> Wish {
    Wish { scenes: [picture, plain([0; 3])], mixture: 0.0 }
}

fn strobe(frame: usize) -> Wish {
    alone(plain(if frame % 4 < 2 { [255; 3] } else { [0; 3] }))
}

fn slow_fade(frame: usize) -> Wish {
    alone(plain([(frame * 255 / PICTURES) as u8; 3]))
}

fn half_flashes(frame: usize) -> Wish {
    let light = if frame % 6 < 3 { 255 } else { 20 };
    alone(by_cell(|x, _| if x < CELLS / 2 { [light; 3] } else { [90; 3] }))
}

fn red_flashes(frame: usize) -> Wish {
    alone(plain(if frame % 6 < 3 { [200, 0, 0] } else { [0, 0, 40] }))
}

fn noise(frame: usize) -> Wish {
    let mut random = StdRng::seed_from_u64(frame as u64 / 3);
    let colors: Vec<[u8; 3]> = (0..CELLS * CELLS).map(|_| random.random()).collect();
    alone(by_cell(|x, y| colors[y * CELLS + x]))
}

fn still(_frame: usize) -> Wish {
    alone(by_cell(|x, y| [(x * 5) as u8, (y * 5) as u8, 100]))
}

fn dissolve(frame: usize) -> Wish {
    let scenes = [
        plain(if frame % 4 < 2 { [180, 180, 120] } else { [10; 3] }),
        by_cell(|x, y| [(x * 5) as u8, 80, (y * 5) as u8]),
    ];
    Wish { scenes, mixture: frame as f32 / PICTURES as f32 }
}

/// `rolled` of `guard.wgsl`, whose result is what the guard takes as wanted.
fn rolled(pixel: [u8; 4]) -> [f32; 3] {
    let light = [0, 1, 2].map(|channel| f32::from(pixel[channel]) / 255.0);
    let peak = light.into_iter().fold(1e-4, f32::max);
    let kept = (1.0 - (-peak * 1.25).exp()) / peak;
    light.map(|v| (v * kept * 0.55 + (1.0 - (-v * 1.25).exp()) * 0.45).clamp(0.0, 1.0))
}

fn wanted(wish: &Wish) -> Vec<[f32; 3]> {
    let [front, back] = &wish.scenes;
    let mix = |(a, b): (&[u8; 4], &[u8; 4])| {
        let (a, b) = (rolled(*a), rolled(*b));
        [0, 1, 2].map(|channel| a[channel] + (b[channel] - a[channel]) * wish.mixture)
    };
    front.iter().zip(back).map(mix).collect()
}

/// An app that does nothing but guard.
struct Bench {
    app: App,
    scenes: [Handle<Image>; 2],
    shown: Handle<Image>,
}

impl Bench {
    fn new() -> Self {
        let clock_mode = ClockMode::Stepped { step: std::time::Duration::from_millis(33) };
        let mut app = App::new();
        app.add_plugins(plugins(PictureOutput::Pictures, clock_mode).disable::<LogPlugin>());
        let shader = Shader::from_wgsl(
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/shaders/guard.wgsl")),
            "guard.wgsl",
        );
        app.world_mut().resource_mut::<Assets<Shader>>().insert(&GUARD_SHADER, shader).expect("kept");
        app.add_plugins(plugin);
        make_ready(&mut app);
        let mut images = app.world_mut().resource_mut::<Assets<Image>>();
        let side = SIDE as u32;
        let scenes = [(); 2].map(|()| images.add(image(&plain([0; 3]))));
        let mut shown = Image::new_target_texture(side, side, PICTURE_FORMAT, None);
        shown.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        let shown = images.add(shown);
        let screen = images.add(Image::new_target_texture(16, 16, TextureFormat::Rgba8UnormSrgb, None));
        let target = RenderTarget::Image(ImageRenderTarget { handle: screen, scale_factor: 1.0 });
        app.world_mut().spawn((Camera2d, GuardedView, target));
        Self { app, scenes, shown }
    }

    /// Black, as a screen is at first.
    fn clear(&mut self) {
        let black = || alone(plain([0; 3]));
        for _ in 0..8 {
            self.show(&black(), 0.0);
        }
        let render = self.app.sub_app_mut(RenderApp).world_mut();
        let memory = GuardMemory::from_world(render);
        render.insert_resource(memory);
        self.show(&black(), 0.0);
    }

    /// Draws a picture and gives what is shown.
    fn show(&mut self, wish: &Wish, now: f64) -> Vec<[f32; 3]> {
        let mut images = self.app.world_mut().resource_mut::<Assets<Image>>();
        for (handle, picture) in self.scenes.iter().zip(&wish.scenes) {
            images.insert(handle, image(picture)).expect("kept");
        }
        let frame = GuardFrame {
            scenes: self.scenes.clone(),
            shown: self.shown.clone(),
            mixture: wish.mixture,
            now,
            limits: Some(FlashLimits::USUAL),
        };
        self.app.insert_resource(frame);
        self.app.update();
        self.read()
    }

    fn read(&self) -> Vec<[f32; 3]> {
        let world = self.app.sub_app(RenderApp).world();
        let (device, queue) = (world.resource::<RenderDevice>(), world.resource::<RenderQueue>());
        let Some(shown) = world.resource::<RenderAssets<GpuImage>>().get(&self.shown) else {
            return vec![[0.0; 3]; SIDE * SIDE];
        };
        // Eight bytes a pixel; 96 of them are a whole number of 256.
        let row = SIDE * 8;
        let buffer = device.create_buffer(&BufferDescriptor {
            label: None,
            size: (row * SIDE) as u64,
            usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
        encoder.copy_texture_to_buffer(
            shown.texture.as_image_copy(),
            TexelCopyBufferInfo {
                buffer: &buffer,
                layout: TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row as u32),
                    rows_per_image: None,
                },
            },
            shown.texture_descriptor.size,
        );
        queue.submit([encoder.finish()]);
        buffer.slice(..).map_async(MapMode::Read, |result| result.expect("mapped"));
        device.poll(PollType::wait_indefinitely()).expect("done");
        let bytes = buffer.slice(..).get_mapped_range();
        let channel = |pixel: &[u8], at: usize| half(u16::from_le_bytes([pixel[at], pixel[at + 1]]));
        bytes.chunks_exact(8).map(|pixel| [0, 2, 4].map(|at| channel(pixel, at))).collect()
    }
}

fn image(picture: &Pixels) -> Image {
    let side = SIDE as u32;
    Image::new(
        Extent3d { width: side, height: side, depth_or_array_layers: 1 },
        TextureDimension::D2,
        picture.as_flattened().to_vec(),
        TextureFormat::Rgba8Unorm,
        RenderAssetUsages::RENDER_WORLD,
    )
}

/// A number of 16 bits that is 0 or above, as pictures hold.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1_023) / 1_024.0);
    if exponent == 0 { fraction * 2f32.powi(-14) } else { (1.0 + fraction) * 2f32.powi(exponent - 15) }
}

/// Mean luminance of each cell.
fn cells(picture: &[[f32; 3]]) -> Vec<f32> {
    let mut sums = vec![0.0; CELLS * CELLS];
    for (pixel, color) in picture.iter().enumerate() {
        let cell = pixel / SIDE / 2 * CELLS + pixel % SIDE / 2;
        sums[cell] += luminance(*color) / 4.0;
    }
    sums
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn share_beyond(tolerance: f32, a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).filter(|(a, b)| (*a - *b).abs() > tolerance).count() as f32 / a.len() as f32
}

fn mean_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.len() as f32
}

#[test]
fn numbers_of_16_bits_are_read() {
    assert!((half(0x3c00) - 1.0).abs() < 1e-9 && (half(0x3800) - 0.5).abs() < 1e-9 && half(0).abs() < 1e-9);
}

/// Name, pictures, whether the guard holds back, and the share of cells that may differ.
type Sequence = (&'static str, fn(usize) -> Wish, bool, f32);

/// In every cell of every picture of each sequence.
#[test]
fn the_card_shows_what_plain_rust_allows() {
    if !is_met("ATTUNE_REQUIRE_GPU", graphics_available(PictureOutput::Pictures)) {
        return;
    }
    let sequences: [Sequence; 7] = [
        ("a strobe", strobe, true, 0.0),
        ("a slow fade", slow_fade, false, 0.0),
        ("half of the picture flashes", half_flashes, true, 0.0),
        ("red flashes", red_flashes, true, 0.0),
        ("noise", noise, true, AT_A_LIMIT),
        ("a still picture", still, false, 0.0),
        ("a strobe dissolves into a picture", dissolve, true, AT_A_LIMIT),
    ];
    let mut bench = Bench::new();
    for (name, wish, held, allowed) in sequences {
        bench.clear();
        let mut own = CpuFlashGuard::new(SIDE, SIDE, FlashLimits::USUAL);
        own.step(&wanted(&alone(plain([0; 3]))), 0.0);
        let mut led = own.clone();
        let (mut apart, mut drift, mut changed) = (0.0f32, 0.0f32, 0.0f32);
        for frame in 0..PICTURES {
            let wish = wish(frame);
            let want = wanted(&wish);
            let shown = bench.show(&wish, (frame + 1) as f64 / RATE);
            let [on_card, led_on, alone] = [
                cells(&shown),
                cells(led.step(&want, (1.0 / RATE) as f32)),
                cells(own.step(&want, (1.0 / RATE) as f32)),
            ];
            led.put_back(shown);
            let beyond = share_beyond(TOLERANCE, &on_card, &led_on);
            assert!(beyond <= allowed, "{name}: {beyond} of the cells differ in picture {frame}");
            apart = apart.max(largest_difference(&on_card, &led_on));
            drift = drift.max(mean_difference(&on_card, &alone));
            changed = changed.max(largest_difference(&alone, &cells(&want)));
        }
        assert!(drift < DRIFT, "{name}: {drift} apart in the mean");
        eprintln!(
            "{name}: a cell at most {apart:.5} apart, the mean {drift:.5}; held back up to {changed:.3}"
        );
        assert_eq!(changed > 0.1, held, "{name}: the guard changed it by {changed}");
    }
}
