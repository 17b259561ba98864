//! A time that is told before it begins.

/// Seconds, from the fewest steps that there can be to the most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// If the answer is sharp as soon as it can be.
    pub least: f64,
    /// If it is not until the end.
    pub most: f64,
}

impl Expected {
    /// Of one of these times to another of them.
    pub fn times(seconds: f64, least: u32, most: u32) -> Expected {
        Expected { least: seconds * f64::from(least), most: seconds * f64::from(most) }
    }

    /// Of one and then the other.
    pub fn then(self, other: Expected) -> Expected {
        Expected { least: self.least + other.least, most: self.most + other.most }
    }
}
