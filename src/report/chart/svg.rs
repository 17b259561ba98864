//! A sketch as an SVG file.

use plotters::backend::SVGBackend;

use super::error::ChartError;
use super::paint::{fine_size, paint};
use super::sketch::Sketch;

/// The bytes of the SVG file.
///
/// The root that plotters writes (plotters-svg 0.3.7, `svg.rs`, `init_svg_file`) shows its plane at full size and has no name and no round
/// joints: it stands inside one that does.
pub(super) fn file(sketch: &Sketch) -> Result<Vec<u8>, ChartError> {
    let (width, height) = fine_size(sketch);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {width} {height}\" stroke-linejoin=\"round\" role=\"img\" aria-label=\"{}\">\n",
        sketch.width.ceil(),
        sketch.height.ceil(),
        escaped(&sketch.name),
    );
    paint(sketch, SVGBackend::with_string(&mut text, (width, height)))?;
    text.push_str("</svg>\n");
    Ok(text.into_bytes())
}

/// `text` as the value of an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
