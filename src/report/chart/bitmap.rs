//! A sketch as a PNG file, at twice the sketch's size so that its text stays crisp on dense screens.

use plotters::backend::BitMapBackend;

use super::error::ChartError;
use super::paint::{FINE, fine_size, paint};
use super::sketch::Sketch;
use super::smooth::Smooth;

/// Pixels of the file to one unit of the sketch.
const DENSITY: u32 = 2;

/// Drawn pixels averaged into one pixel of the file, along each side: this smooths every edge. plotters
/// leaves those of a polygon's one side as steps (plotters-backend 0.3.7, `rasterizer/polygon.rs`: `mix(to.floor() - to)` is never above 0).
const AVERAGED: usize = (FINE / DENSITY) as usize;

/// The bytes of the PNG file.
pub(super) fn file(sketch: &Sketch) -> Result<Vec<u8>, ChartError> {
    let (width, height) = fine_size(sketch);
    let mut fine = vec![0; width as usize * height as usize * 3];
    let pixels = BitMapBackend::with_buffer(&mut fine, (width, height));
    paint(sketch, Smooth { pixels, fonts: sketch.fonts })?;
    let pixels = averaged(&fine, width as usize);
    let side = AVERAGED as u32;
    Ok(encoded((width / side, height / side), &pixels)?)
}

/// Every pixel of the result is the mean of a square of drawn pixels.
fn averaged(fine: &[u8], width: usize) -> Vec<u8> {
    let columns = width / AVERAGED;
    let area = AVERAGED * AVERAGED;
    let mut pixels = Vec::with_capacity(fine.len() / area);
    let mut sums = vec![0_usize; columns * 3];
    for rows in fine.chunks_exact(width * AVERAGED * 3) {
        sums.fill(0);
        for row in rows.chunks_exact(width * 3) {
            let squares = row.chunks_exact(AVERAGED * 3);
            for (sum, square) in sums.chunks_exact_mut(3).zip(squares) {
                for pixel in square.chunks_exact(3) {
                    sum[0] += usize::from(pixel[0]);
                    sum[1] += usize::from(pixel[1]);
                    sum[2] += usize::from(pixel[2]);
                }
            }
        }
        pixels.extend(sums.iter().map(|sum| ((sum + area / 2) / area) as u8));
    }
    pixels
}

fn encoded((width, height): (u32, u32), pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Large even areas pack best as they are; this halves the file.
    encoder.set_filter(png::FilterType::NoFilter);
    encoder.set_compression(png::Compression::Best);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
