//! A sketch as an SVG file.

use std::fmt::Write;

use plotters::backend::SVGBackend;

use super::error::ChartError;
use super::paint::{Medium, fine_size, paint};
use super::sketch::Sketch;

/// The bytes of the SVG file.
pub(super) fn file(sketch: &Sketch) -> Result<Vec<u8>, ChartError> {
    let mut text = String::new();
    let mut backend = SVGBackend::with_string(&mut text, fine_size(sketch));
    paint(sketch, Medium::Svg, &mut backend)?;
    drop(backend);
    with_own_head(&text, sketch)
}

/// Replaces the opening tag, which shows the fine plane at its full size, by one that shows it at the sketch's size.
fn with_own_head(text: &str, sketch: &Sketch) -> Result<Vec<u8>, ChartError> {
    let body = text
        .strip_prefix("<svg ")
        .and_then(|rest| rest.split_once(">\n"))
        .map(|(_, body)| body)
        .ok_or_else(|| ChartError::Drawing("the SVG does not begin with its root".into()))?;
    let (width, height) = fine_size(sketch);
    let mut file = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {width} {height}\" stroke-linejoin=\"round\" role=\"img\" aria-label=\"",
        sketch.width.ceil(),
        sketch.height.ceil(),
    );
    for letter in sketch.name.chars() {
        match letter {
            '<' | '>' | '&' | '"' | '\'' => {
                // Writing to a string does not fail.
                let _ = write!(file, "&#{};", u32::from(letter));
            }
            plain => file.push(plain),
        }
    }
    file.push_str("\">\n");
    file.push_str(body);
    Ok(file.into_bytes())
}
