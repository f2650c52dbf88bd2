//! What clients need, installed below the build's folder: made once, then kept there.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Returns the interpreter that has all of these requirements, or why there is none.
pub(crate) fn interpreter(requirements: &str) -> Result<PathBuf, String> {
    let folder = kept("python", requirements, |folder| {
        let system = if cfg!(windows) { "python" } else { "python3" };
        run(Command::new(system).args(["-m", "venv"]).arg(folder))?;
        let list = folder.join("requirements.txt");
        fs::write(&list, requirements).map_err(|error| format!("the requirements: {error}"))?;
        let install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-input"];
        let mut pip = Command::new(program_in(folder));
        run(pip.args(install).arg("-r").arg(&list))
    })?;
    Ok(program_in(&folder))
}

/// Returns a folder that `make` has filled from `contents`: under a lock, for tests run side by
/// side; marked as ready at the end, for one that was interrupted is made again.
pub(crate) fn kept(
    kind: &str,
    contents: &str,
    make: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let told = |what: &str, error: std::io::Error| format!("{what}: {error}");
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    let name = format!("{kind}-{:016x}", hasher.finish());
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = all.join(&name);
    fs::create_dir_all(all).map_err(|error| told("the build's folder", error))?;
    let lock = File::create(all.join(format!("{name}.lock")));
    let lock = lock.map_err(|error| told("the lock", error))?;
    lock.lock().map_err(|error| told("the lock", error))?;
    let ready = folder.join(".ready");
    if ready.is_file() {
        return Ok(folder);
    }
    if folder.is_dir() {
        fs::remove_dir_all(&folder).map_err(|error| told("an unfinished environment", error))?;
    }
    fs::create_dir(&folder).map_err(|error| told("the environment", error))?;
    make(&folder)?;
    fs::write(ready, "").map_err(|error| told("the environment's mark", error))?;
    Ok(folder)
}

fn program_in(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        folder.join("Scripts/python.exe")
    } else {
        folder.join("bin/python")
    }
}

/// Runs a step of an installation.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{shown} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let last = said.trim().lines().last().unwrap_or_default();
    Err(format!("{shown} failed: {last}"))
}
