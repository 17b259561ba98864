//! A line for every quantity: the one shape in which tables, `cost.json` and plans know them.

use super::CONFIDENCE;
use super::quantity::Quantity;
use crate::fit::{Estimate, Line};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One line leads another where it is more by this share of all that the other has: the charge of all that the process has resident.
const LEADS: f64 = 0.10;

/// The lines of one series, bytes against streams. There is always one of [`Quantity::Full`]; another is missing where a machine does not
/// give its reading, or no two numbers of streams reached its phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Lines {
    full: Line,
    others: BTreeMap<Quantity, Line>,
}

impl Lines {
    /// The answer, and what else there is.
    pub fn new(full: Line, others: impl IntoIterator<Item = (Quantity, Line)>) -> Lines {
        Lines { full, others: others.into_iter().collect() }
    }

    /// Resident memory with all text received: the answer.
    pub fn full(&self) -> &Line {
        &self.full
    }

    /// The line of a quantity, if it was measured.
    pub fn get(&self, quantity: Quantity) -> Option<&Line> {
        match quantity {
            Quantity::Full => Some(&self.full),
            other => self.others.get(&other),
        }
    }

    /// Whether what a container is charged lies clearly above resident memory, by slope or with `streams_max` streams: surely (the intervals
    /// do not meet) and by a share that matters. Resident memory is not the answer then.
    pub(super) fn charge_leads(&self, streams_max: f64) -> bool {
        self.get(Quantity::Container).is_some_and(|charge| leads(charge, &self.full, streams_max))
    }

    /// What a container is charged and anonymous memory, where this lies clearly above, in the same terms, also without what of it was given
    /// back: all of it is charged, so that the two are not of the same memory then. With most streams it has to be more: a slope alone may
    /// cross the other where the kernel's own memory is less of more streams.
    pub(super) fn charge_and_more_anonymous(&self, streams_max: f64, given_back: f64) -> Option<(&Line, &Line)> {
        let (charge, anonymous) = (self.get(Quantity::Container)?, self.get(Quantity::Anonymous)?);
        let is_above = anonymous.at(streams_max) - given_back > charge.at(streams_max);
        let leads = match given_back {
            0.0 => leads(anonymous, charge, streams_max),
            _ => anonymous.at(streams_max) - given_back > (1.0 + LEADS) * charge.at(streams_max),
        };
        (is_above && leads).then_some((charge, anonymous))
    }

    /// What one more stream adds to a quantity, bytes.
    pub fn per_stream(&self, quantity: Quantity) -> Option<&Estimate> {
        self.get(quantity).map(|line| &line.slope)
    }
}

/// Whether one line lies clearly above another, by slope or with `streams_max` streams: see [`LEADS`].
fn leads(above: &Line, below: &Line, streams_max: f64) -> bool {
    let of_below = below.at(streams_max);
    let by_slope =
        above.slope.low > below.slope.high && (above.slope.value - below.slope.value) * streams_max > LEADS * of_below;
    let by_level = above.confidence_band(streams_max).low > below.confidence_band(streams_max).high
        && above.at(streams_max) > (1.0 + LEADS) * of_below;
    by_slope || by_level
}

/// The fields in `cost.json` that every line has beside its two estimates: what the bound for one process takes. With the confidence c one
/// process of n streams stays below base + per_stream n + t s sqrt(1 + 1/trials + (n - mean_streams)² / sxx), where s is `residual_bytes`
/// and t the one-sided quantile of Student's t at c with `degrees_of_freedom`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Scatter {
    /// Trials in the line, at least 3.
    #[cfg_attr(test, schemars(range(min = 3)))]
    pub trials: usize,
    /// Standard deviation of the trials about the line.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub residual_bytes: f64,
    /// Share of the variation that the line explains, 0 to 1.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub r_squared: f64,
    /// Mean number of streams over the trials, and what else the bound takes.
    pub prediction: BoundTerms,
}

/// See [`Scatter`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BoundTerms {
    /// One-sided confidence of `needs_at_most_bytes`.
    #[cfg_attr(test, schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1)))]
    pub confidence: f64,
    /// Degrees of freedom of Student's t: trials - 2.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub degrees_of_freedom: usize,
    /// Mean number of streams over the trials.
    #[cfg_attr(test, schemars(extend("exclusiveMinimum" = 0)))]
    pub mean_streams: f64,
    /// Sum of squared distances from it, above 0.
    #[cfg_attr(test, schemars(extend("exclusiveMinimum" = 0)))]
    pub sxx: f64,
}

/// Why fields are no lines.
#[derive(Debug, thiserror::Error)]
pub enum NoLines {
    /// Of so many trials, whose numbers of streams lie so far apart (squared).
    #[error("a line of {trials} trials with sxx {sxx} is none: it takes 3, at two numbers of streams")]
    NoLine {
        /// Its trials.
        trials: usize,
        /// Its sum of squared distances.
        sxx: f64,
    },
    /// One is missing, or is no number.
    #[error("{field}: {why}")]
    Field {
        /// Its name.
        field: String,
        /// From the reader.
        why: serde_json::Error,
    },
}

impl Scatter {
    fn of(line: &Line) -> Scatter {
        Scatter {
            trials: line.n,
            residual_bytes: line.residual_sd,
            r_squared: line.r_squared,
            prediction: BoundTerms {
                confidence: CONFIDENCE,
                degrees_of_freedom: line.degrees_of_freedom(),
                mean_streams: line.mean_x,
                sxx: line.sxx,
            },
        }
    }

    /// The line of these estimates that scatters so.
    ///
    /// # Errors
    /// When no fit gives such numbers.
    pub fn line(self, base: Estimate, per_stream: Estimate) -> Result<Line, NoLines> {
        let (trials, sxx) = (self.trials, self.prediction.sxx);
        if trials < 3 || sxx <= 0.0 {
            return Err(NoLines::NoLine { trials, sxx });
        }
        Ok(Line {
            intercept: base,
            slope: per_stream,
            r_squared: self.r_squared,
            residual_sd: self.residual_bytes,
            n: trials,
            mean_x: self.prediction.mean_streams,
            sxx,
        })
    }
}

/// Where the scatter of all lines but the answer's stands; the answer's stands beside its estimates.
const SCATTER: &str = "scatter";

impl From<Lines> for Map<String, Value> {
    fn from(lines: Lines) -> Self {
        let (mut fields, mut scatter) = (Map::new(), Map::new());
        for quantity in Quantity::ALL {
            let line = lines.get(*quantity);
            fields.insert(quantity.base_field(), written(line.map(|line| line.intercept)));
            fields.insert(quantity.per_stream_field(), written(line.map(|line| line.slope)));
            match (quantity, line.map(Scatter::of)) {
                (Quantity::Full, Some(of_full)) => {
                    fields.extend(written(of_full).as_object().cloned().unwrap_or_default())
                }
                (_, Some(of_other)) => drop(scatter.insert(quantity.key().to_owned(), written(of_other))),
                (_, None) => {}
            }
        }
        fields.insert(SCATTER.to_owned(), scatter.into());
        fields
    }
}

/// Numbers can always be written.
fn written(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

impl TryFrom<Map<String, Value>> for Lines {
    type Error = NoLines;

    fn try_from(fields: Map<String, Value>) -> Result<Lines, NoLines> {
        let full = Quantity::Full;
        let of_full: Scatter = read(&Value::Object(fields.clone()), "the answer")?;
        let full = of_full.line(field(&fields, &full.base_field())?, field(&fields, &full.per_stream_field())?)?;
        let mut others = Vec::new();
        for (key, scatter) in fields.get(SCATTER).and_then(Value::as_object).into_iter().flatten() {
            // Of a newer probe, which measures more.
            let Some(quantity) = Quantity::of_key(key).filter(|quantity| *quantity != Quantity::Full) else { continue };
            let (base, slope) = (quantity.base_field(), quantity.per_stream_field());
            let scatter: Scatter = read(scatter, key)?;
            others.push((quantity, scatter.line(field(&fields, &base)?, field(&fields, &slope)?)?));
        }
        Ok(Lines::new(full, others))
    }
}

fn field(fields: &Map<String, Value>, name: &str) -> Result<Estimate, NoLines> {
    read(fields.get(name).unwrap_or(&Value::Null), name)
}

fn read<T: for<'a> Deserialize<'a>>(value: &Value, field: &str) -> Result<T, NoLines> {
    T::deserialize(value).map_err(|why| NoLines::Field { field: field.to_owned(), why })
}

/// The fields of every quantity, as [`Lines`] writes them.
#[cfg(test)]
impl schemars::JsonSchema for Lines {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Lines".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (estimate, scatter) = (generator.subschema_for::<Estimate>(), generator.subschema_for::<Scatter>());
        let mut fields = Map::new();
        let mut of_others = Map::new();
        for quantity in Quantity::ALL {
            let described = |what: &str| {
                let description = format!("{what} {}", quantity.meaning());
                match quantity {
                    Quantity::Full => serde_json::json!({ "description": description, "allOf": [estimate] }),
                    _ => serde_json::json!({ "description": description, "anyOf": [estimate, { "type": "null" }] }),
                }
            };
            fields.insert(quantity.base_field(), described("With no stream, by the line."));
            fields.insert(quantity.per_stream_field(), described("What one more stream adds."));
            of_others.insert(quantity.key().to_owned(), scatter.clone().to_value());
        }
        of_others.remove(Quantity::Full.key());
        fields.insert(
            SCATTER.to_owned(),
            serde_json::json!({
                "description": "What the bounds of the other lines take, for each that was measured.",
                "type": "object",
                "properties": of_others,
            }),
        );
        let of_full = <Scatter as schemars::JsonSchema>::json_schema(generator).to_value();
        fields.extend(of_full["properties"].as_object().cloned().unwrap_or_default());
        let required: Vec<&String> = fields.keys().collect();
        schemars::json_schema!({ "type": "object", "required": required, "properties": fields })
    }
}
