//! Writes a lake of any size to measure with:
//!
//! ```text
//! cargo run --release --example generate_lake -- --out DIR --items 200000 --months 2 --until 2024-11
//! ```
//!
//! A lake is a pure function of the arguments and of this program: the same ones write the same
//! bytes, on any number of threads. Recorders are played one by one, each as a stream of six-hour
//! windows, so memory holds the resources of a recorder and one window of its items. Standard output
//! gets one line of JSON that says what was made.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a generator reports on the terminal it is run from"
)]

mod bodies;
mod deliver;
mod item;
mod kind;
mod options;
mod place;
mod random;
mod recorder;
mod report;
mod resource;
mod story;
mod time;

use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use clap::Parser as _;

use options::Options;
use recorder::{Plan, plans};
use report::Report;

fn main() -> ExitCode {
    let options = Options::parse();
    match generate(&options) {
        Ok(report) => {
            println!("{}", report.json());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("failed to {error}");
            ExitCode::FAILURE
        }
    }
}

/// Plays all recorders, as many at a time as there are cores.
fn generate(options: &Options) -> Result<Report, String> {
    options.check()?;
    let mut waiting = plans(options);
    // Taken from the end: the busiest first, so that no thread is left alone with it.
    waiting.sort_by_key(|plan| plan.items + plan.global_items);
    let waiting = Mutex::new(waiting);
    let total = Mutex::new(Report::default());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let worker = || -> Result<(), String> {
        while let Some(plan) = next(&waiting)? {
            let report = recorder::play(&plan, options)?;
            total.lock().map_err(|_| gone())?.add(&report);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| gone())?)
    })?;
    total.into_inner().map_err(|_| gone())
}

fn next(waiting: &Mutex<Vec<Plan>>) -> Result<Option<Plan>, String> {
    Ok(waiting.lock().map_err(|_| gone())?.pop())
}

fn gone() -> String {
    "go on: a thread has panicked".to_owned()
}
