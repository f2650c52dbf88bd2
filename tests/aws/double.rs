//! The double itself: what it answers is compared with plain Python over the same files, or it
//! could prove nothing of the program.

use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use crate::{
    Case, case,
    world::{World, credentials, folder},
};

/// Returns the test.
pub(crate) fn cases() -> Vec<Case> {
    vec![case("double::answers_as_plain_python_does", self_test)]
}

fn self_test(world: &World) -> Result<(), Failed> {
    let mut command = Command::new(world.python());
    credentials(&mut command);
    let output = command
        .arg(folder().join("self_test.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(String::from_utf8_lossy(&said).into_owned().into())
}
