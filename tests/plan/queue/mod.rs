//! The simulation of a plan against queueing theory: where there is an exact formula, it must come out.
//!
//! **How exact a run can be.** Every simulated average carries a 95 % interval from batch means. Each comparison asks
//! for two things: that the run was long enough (half the interval is at most 1.25 % of the exact value) and that it is
//! right (within 2 % of the exact value). Half the interval is two standard errors, so 2 % is at least 3.2 of them:
//! chance does that once in 700 comparisons of the least exact kind, and not from one day to the next, because seeds
//! are fixed. For a share p of n arrivals that comes in clusters of d, half the interval is about `2 sqrt(d / (n p))`,
//! so that n has to be about `26,000 d / p`, with d from 2 in a loss system to 1 / (1 - use)^2 and more in a queue. A
//! blocking of 50 % takes 100,000 arrivals, one of 10 % a million, one of 2 % more than two; that is why the cases with
//! small shares and high use are the long ones.

mod coverage;
mod delay;
mod erlang;
mod formulas;
mod laws;
mod limits;
mod model;
mod properties;
mod routes;
