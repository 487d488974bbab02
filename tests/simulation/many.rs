//! Many days, on all cores. A day is known by its seed, so the outcome does not depend on who simulates it.

use std::thread;

/// Days that are simulated of each setting, unless more are asked for.
const RUNS: u64 = 1000;

/// How many runs to make: [`RUNS`], or as many as `GONOGO_SIMULATION_RUNS` says, if those are more.
pub fn runs() -> u64 {
    let asked = std::env::var("GONOGO_SIMULATION_RUNS");
    asked.map_or(RUNS, |runs| runs.parse::<u64>().expect("GONOGO_SIMULATION_RUNS is a whole number").max(RUNS))
}

/// The outcome of each of these runs, in order.
pub fn each<T: Send>(runs: u64, simulate: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let simulate = &simulate;
    let mut outcomes: Vec<(u64, T)> = thread::scope(|scope| {
        let work = |worker| move || (worker..runs).step_by(workers as usize).map(|run| (run, simulate(run))).collect();
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(work(worker))).collect();
        threads.into_iter().flat_map(|thread| -> Vec<_> { thread.join().expect("no run panics") }).collect()
    });
    outcomes.sort_by_key(|(run, _)| *run);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The share of these of which `holds` is true.
pub fn share<T>(all: &[T], holds: impl Fn(&T) -> bool) -> f64 {
    all.iter().filter(|one| holds(one)).count() as f64 / all.len() as f64
}

/// The smallest value that at least this share of all values do not exceed.
pub fn quantile<T: Ord + Copy>(mut all: Vec<T>, share: f64) -> T {
    all.sort();
    let rank = (all.len() as f64 * share).ceil() as usize;
    all[rank.clamp(1, all.len()) - 1]
}
