//! How full the slots are to be, and how long a run has to be for waits to settle: from formulas, before anything is simulated.

use super::fleet::Balancing;
use super::model::{Model, RequestFlow};
use crate::traffic::ENDLESS;
use std::f64::consts::PI;

/// What comes to the slots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Streams that would be open if each could start at once, over all slots. Answers of 429 are not in it.
    pub share: f64,
    /// The same of those workloads alone whose queue has no end. From 1 on it grows for as long as it is let.
    pub endless_share: f64,
    /// New requests in which a queue forgets how it began: its relaxation time. Infinite at full load.
    pub relaxation: f64,
}

/// A load within rounding of all slots is all of them.
const FULL: f64 = 1.0 - 1e-9;

impl Load {
    /// Whether the queue comes to rest: below full load, or where queues are full or requests leave.
    pub fn is_steady(&self) -> bool {
        self.endless_share < FULL
    }
}

impl Model {
    /// What comes to the slots of this model.
    ///
    /// The relaxation time is that of a Brownian motion which a queue near full load looks like from afar: its length drifts by d = (1 -
    /// rho) / rho a request with a variance of v = ca^2 + cs^2, the dispersion of arrivals and the squared coefficient of variation of
    /// durations. It relaxes at a rate of d^2 / (2 v), and if it cannot be longer than K by another pi^2 v / (2 K^2) (J. Abate and W.
    /// Whitt, "Transient behavior of regulated Brownian motion", Advances in Applied Probability 19, 1987; D. Cox and H. Miller, "The
    /// Theory of Stochastic Processes", section 5.7). For M/M/c that is 4 rho^2 / (1 - rho)^2 requests.
    pub fn load(&self) -> Load {
        let fleet = &self.fleet;
        let slots = f64::from(fleet.concurrency) * f64::from(fleet.replicas);
        let streams =
            |workloads: &mut dyn Iterator<Item = &RequestFlow>| workloads.map(RequestFlow::streams).sum::<f64>();
        let share = streams(&mut self.workloads.iter()) / slots;
        let endless = |workload: &&RequestFlow| workload.places == ENDLESS && workload.patience_s.is_none();
        let endless_share = streams(&mut self.workloads.iter().filter(endless)) / slots;
        // Behind any other balancer each replica has a queue of its own, and a share of the requests.
        let queues = match fleet.balancing {
            Balancing::LeastBusy => 1.0,
            Balancing::Random | Balancing::RoundRobin => f64::from(fleet.replicas),
        };
        let places: f64 = self.workloads.iter().map(RequestFlow::most_waiting).sum();
        let places = places * f64::from(fleet.replicas) / queues;
        let variance = self.dispersion() + self.variation();
        let drift = (1.0 - share) / share;
        let rate = drift * drift / (2.0 * variance) + PI * PI * variance / (2.0 * places * places);
        Load { share, endless_share, relaxation: queues / rate }
    }

    /// Variance over mean of the arrivals in a long time: 1 for Poisson.
    fn dispersion(&self) -> f64 {
        let all: f64 = self.workloads.iter().map(|workload| workload.arrivals.mean_per_s()).sum();
        let each =
            self.workloads.iter().map(|workload| workload.arrivals.mean_per_s() * workload.arrivals.dispersion());
        each.sum::<f64>() / all
    }

    /// Squared coefficient of variation of the time that an attempt holds its slot.
    fn variation(&self) -> f64 {
        let (mut weight, mut mean, mut square) = (0.0, 0.0, 0.0);
        for workload in &self.workloads {
            let attempts = workload.arrivals.mean_per_s() * workload.attempts();
            weight += attempts;
            mean += attempts * workload.held_s();
            square += attempts * workload.held_square();
        }
        (square * weight / (mean * mean) - 1.0).max(0.0)
    }
}

impl RequestFlow {
    /// Streams open at once where each can start when it comes: Little's law.
    fn streams(&self) -> f64 {
        self.arrivals.mean_per_s() * self.attempts() * self.held_s()
    }

    /// Times that a request is sent on average, answers of 429 not counted.
    fn attempts(&self) -> f64 {
        let cut = self.timeout_s.map_or(0.0, |timeout_s| {
            self.hung_share + (1.0 - self.hung_share) * (1.0 - self.duration.share_below(timeout_s))
        });
        let failed = cut + (1.0 - cut) * self.fail_share;
        if failed >= 1.0 {
            return f64::from(self.retry.most_attempts);
        }
        (1.0 - failed.powi(self.retry.most_attempts.into())) / (1.0 - failed)
    }

    /// Mean time that an attempt holds its slot, seconds.
    fn held_s(&self) -> f64 {
        let Some(timeout_s) = self.timeout_s else { return self.duration.mean_s() };
        self.hung_share * timeout_s + (1.0 - self.hung_share) * self.duration.mean_up_to_s(timeout_s)
    }

    /// Mean of its square, the cut at the timeout left out: it only chooses how long a run is.
    fn held_square(&self) -> f64 {
        let whole = self.duration.mean_s().powi(2) * (1.0 + self.duration.squared_variation());
        let Some(timeout_s) = self.timeout_s else { return whole };
        self.hung_share * timeout_s * timeout_s + (1.0 - self.hung_share) * whole.min(timeout_s * timeout_s)
    }

    /// Requests that may wait in a gate: those that have a place, or that come before the first of them leaves.
    fn most_waiting(&self) -> f64 {
        let places = if self.places == ENDLESS { f64::INFINITY } else { f64::from(self.places) };
        let patient = self.patience_s.map_or(f64::INFINITY, |patience_s| patience_s * self.arrivals.mean_per_s());
        places.min(patient)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Fleet, StreamDuration, StreamMemory};
    use super::*;
    use crate::traffic::{Arrivals, Retry};

    fn model(per_s: f64, concurrency: u32) -> Model {
        let workload = RequestFlow {
            name: "w".to_owned(),
            arrivals: Arrivals::Poisson { per_s },
            duration: StreamDuration::Exponential { mean_s: 1.0 },
            timeout_s: None,
            hung_share: 0.0,
            fail_share: 0.0,
            retry: Retry::never(),
            places: ENDLESS,
            patience_s: None,
            input_tokens: 0.0,
            output_tokens: 0.0,
            memory: StreamMemory::default(),
            pool: None,
        };
        let fleet =
            Fleet { replicas: 1, balancing: Balancing::LeastBusy, concurrency, base_bytes: 0.0, limit_bytes: 1.0 };
        Model { workloads: vec![workload], pools: Vec::new(), fleet }
    }

    /// M/M/1 relaxes in 1 / (sqrt(mu) - sqrt(lambda))^2 (P. Morse, "Queues, Inventories and Maintenance", chapter 6), of which the
    /// formula is the limit near full load.
    #[test]
    fn relaxation_is_that_of_a_single_server() {
        for (rho, off) in [(0.9, 0.06), (0.97, 0.02), (0.99, 0.006)] {
            let load = model(rho, 1).load();
            let exact = rho / (1.0 - f64::sqrt(rho)).powi(2);
            assert!((load.share - rho).abs() < 1e-12 && load.is_steady());
            assert!((load.relaxation / exact - 1.0).abs() < off, "{} for {exact} at {rho}", load.relaxation);
        }
    }

    #[test]
    fn there_is_no_rest_at_full_load_unless_the_queue_ends() {
        for per_s in [8.0, 9.0] {
            assert!(!model(per_s, 8).load().is_steady());
            let mut bounded = model(per_s, 8);
            bounded.workloads[0].places = 100;
            let load = bounded.load();
            assert!(load.is_steady() && load.share >= 1.0 && load.relaxation.is_finite(), "{load:?}");
        }
        assert_eq!(model(8.0, 8).load().relaxation, f64::INFINITY);
    }

    /// Of an exponential stream of mean 1 that is cut at 2, `1 - exp(-2)` are open on average and `exp(-2)` fail; hung ones hold 2.
    #[test]
    fn timeouts_and_retries_are_in_it() {
        let mut cut = model(1.0, 1);
        cut.workloads[0].timeout_s = Some(2.0);
        let failed = f64::exp(-2.0);
        assert!((cut.load().share - (1.0 - failed)).abs() < 1e-12);
        cut.workloads[0].hung_share = 0.1;
        assert!((cut.load().share - (0.2 + 0.9 * (1.0 - failed))).abs() < 1e-12);
        (cut.workloads[0].fail_share, cut.workloads[0].retry) = (0.25, Retry::as_the_sdks());
        let failed = 0.1 + 0.9 * failed;
        let failed = failed + (1.0 - failed) * 0.25;
        let attempts = 1.0 + failed + failed * failed;
        assert!((cut.load().share - attempts * (0.2 + 0.9 * (1.0 - f64::exp(-2.0)))).abs() < 1e-12);
    }
}
