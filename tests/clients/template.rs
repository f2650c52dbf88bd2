//! The template that deploys the program as a function, held to the linter and to `docs/iam.md`.

use std::{path::Path, process::Command};

use libtest_mimic::Trial;

use crate::{command, environment, trial};

/// The linter and the SAM transform, pinned.
const REQUIREMENTS: &str = include_str!("../python/template_requirements.txt");

pub(crate) fn trials() -> Vec<Trial> {
    let find = || environment::interpreter(REQUIREMENTS);
    vec![trial("template::lambda", find, |python| {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut check = command::clean(Command::new(python));
        check.arg(repository.join("tests/python/template.py"));
        check.arg(repository);
        command::run(&mut check, 5)?.succeeded()?;
        Ok(())
    })]
}
