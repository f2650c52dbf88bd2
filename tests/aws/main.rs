//! The program against an emulated AWS: moto for Glue, S3 and STS, a double of Athena that runs the
//! SQL, microburst for faults. All of it is Python packages, on loopback.
//!
//! Where Python or a package is missing, the tests are left out and the reason is told; under
//! `CI=true` they fail instead.

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value has null where it has nothing; a test may fail as it likes"
)]

mod contract;
mod credentials;
mod double;
mod endings;
#[path = "../clients/environment.rs"]
mod environment;
mod faults;
mod grammar;
mod guards;
mod hostile;
mod http;
mod lake_on_s3;
mod limits;
mod other_tables;
mod partitions;
mod program;
mod services;
mod small_lake;
mod statements;
mod stdio;
mod table;
mod table_tool;
mod tap;
mod world;

use std::{
    ffi::OsStr,
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use libtest_mimic::{Arguments, Failed, Trial};
use world::World;

/// What the emulated AWS needs, pinned.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// A test: its name, and what it does.
pub(crate) type Case = (String, Box<dyn FnOnce(&World) -> Result<(), Failed> + Send>);

/// Makes a case of a function.
pub(crate) fn case(
    name: impl Into<String>,
    run: impl FnOnce(&World) -> Result<(), Failed> + Send + 'static,
) -> Case {
    (name.into(), Box::new(run))
}

/// Makes a case of a function that asks Athena beside others, and changes nothing of theirs.
pub(crate) fn beside(
    name: impl Into<String>,
    run: impl FnOnce(&World) -> Result<(), Failed> + Send + 'static,
) -> Case {
    case(name, move |world| {
        let _beside = world.beside();
        run(world)
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases: Vec<Case> = [
        contract::cases(),
        double::cases(),
        guards::cases(),
        hostile::cases(),
        partitions::cases(),
        limits::cases(),
        endings::cases(),
        faults::cases(),
        table::cases(),
        table_tool::cases(),
        other_tables::cases(),
        credentials::cases(),
        lake_on_s3::cases(),
        grammar::cases(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let interpreter = if arguments.list {
        Err("only listed".to_owned())
    } else {
        environment::interpreter(REQUIREMENTS)
    };
    let must_run = std::env::var_os("CI").is_some_and(|ci| ci == *OsStr::new("true"));
    let left_out = interpreter.is_err() && !must_run && !arguments.list;
    if let (Err(reason), true) = (&interpreter, left_out) {
        tell("an emulated AWS", reason);
    }
    // The grammar is in Java; without it the other tests still tell something.
    let no_grammar = if left_out || must_run || arguments.list {
        None
    } else {
        grammar::missing()
    };
    if let Some(reason) = &no_grammar {
        tell("Trino's grammar", reason);
    }
    // Started by the first test that runs, ended with the last reference.
    let world: Arc<OnceLock<Result<World, String>>> = Arc::default();
    let trials = cases.into_iter().map(|(name, run)| {
        let (world, interpreter) = (world.clone(), interpreter.clone());
        let is_grammar = name.starts_with(grammar::PREFIX);
        let run = move || {
            let python = interpreter.map_err(Failed::from)?;
            match world.get_or_init(|| World::start(&python)) {
                Ok(world) => run(world),
                Err(reason) => Err(Failed::from(reason.as_str())),
            }
        };
        let is_left_out = left_out || no_grammar.is_some() && is_grammar;
        Trial::test(name, run).with_ignored_flag(is_left_out)
    });
    let trials: Vec<Trial> = trials.collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(world);
    conclusion.exit_code()
}

#[expect(
    clippy::print_stderr,
    reason = "nobody reads the reason of a test left out anywhere else"
)]
fn tell(against: &str, reason: &str) {
    eprintln!("the tests against {against} cannot run: {reason}");
}
