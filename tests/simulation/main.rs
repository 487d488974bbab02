//! Verdicts stay honest however long they are watched.
//!
//! Simulated traffic goes into the judge as telemetry does, and the success rate's gate is looked at again and again. A
//! look costs too much to take 1,440,000 of them in each setting, so 50 days are watched by looking (`watched`), which
//! also shows that the gate is what its two halves say (`halves`); thousands of days are then followed through those,
//! and the judge is asked wherever they change their mind (`day`).
//!
//! `GONOGO_SIMULATION_RUNS=20000` simulates so many days of each setting instead of 1,000.
#![allow(missing_docs)]

mod clumps;
mod dashboards;
mod day;
mod drop;
mod halves;
mod many;
mod on_the_slo;
mod readme;
mod stage;
mod traffic;
mod watched;
