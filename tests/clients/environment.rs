//! Virtual environments of Python: made once for what a test needs, then kept beside the build.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Returns the interpreter that has all of these requirements, or why there is none.
pub(crate) fn interpreter(requirements: &str) -> Result<PathBuf, String> {
    let mut hasher = DefaultHasher::new();
    requirements.hash(&mut hasher);
    let name = format!("python-{:016x}", hasher.finish());
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = kept.join(&name);
    prepare(&folder, requirements, &kept.join(format!("{name}.lock")))?;
    Ok(program_in(&folder))
}

/// Makes the environment unless it is there: under a lock, for tests run side by side; marked as
/// ready at the end, for one that was interrupted is made again.
fn prepare(folder: &Path, requirements: &str, lock: &Path) -> Result<(), String> {
    let told = |what: &str, error: std::io::Error| format!("{what}: {error}");
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).map_err(|e| told("the build's folder", e))?;
    let lock = File::create(lock).map_err(|error| told("the lock", error))?;
    lock.lock().map_err(|error| told("the lock", error))?;
    let ready = folder.join(".ready");
    if ready.is_file() {
        return Ok(());
    }
    if folder.is_dir() {
        fs::remove_dir_all(folder).map_err(|error| told("an unfinished environment", error))?;
    }
    let system = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(system).args(["-m", "venv"]).arg(folder))?;
    let list = folder.join("requirements.txt");
    fs::write(&list, requirements).map_err(|error| told("the requirements", error))?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-input",
        "-r",
    ];
    run(Command::new(program_in(folder)).args(install).arg(&list))?;
    fs::write(ready, "").map_err(|error| told("the environment's mark", error))
}

fn program_in(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        folder.join("Scripts/python.exe")
    } else {
        folder.join("bin/python")
    }
}

fn run(command: &mut Command) -> Result<(), String> {
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
