//! Whatever happens to the cache, answers are right.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use xxhash_rust::xxh3::xxh3_64;

use super::{EVERYTHING, ask, ask_uncached, demo_lake, files_below, folder};
use crate::support::cli::program;

/// Starts to fill a cache.
fn filling(lake: &str, cache: &Path) -> Command {
    let mut command = Command::new(program().get_program());
    command
        .args(["cache", "warm", "--lake", lake, "--cache-dir"])
        .arg(cache)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
fn killed_at_any_moment() {
    let (lake, cache) = (demo_lake(), folder());
    let expected = ask_uncached(&lake, EVERYTHING).ok();
    for at in 0..14 {
        let mut process = filling(&lake, cache.path()).spawn().unwrap();
        thread::sleep(Duration::from_millis(40 + at * 90));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert_eq!(ask(&lake, cache.path(), EVERYTHING).ok(), expected);
    // What the dead left is gone with the next who has work there.
    ask(&lake, cache.path(), &["cache", "warm"]).ok();
    let left = files_below(cache.path());
    let names = left
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
    let half_written: Vec<String> = names.filter(|name| name.starts_with("tmp-")).collect();
    assert!(half_written.len() <= 2, "{half_written:?}");
}

#[test]
fn two_processes_on_one_cache() {
    let (lake, cache) = (demo_lake(), folder());
    let expected = ask_uncached(&lake, EVERYTHING).ok();
    let answers = thread::scope(|scope| {
        let both: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| ask(&lake, cache.path(), EVERYTHING).ok()))
            .collect();
        both.into_iter()
            .map(|one| one.join().unwrap())
            .collect::<Vec<_>>()
    });
    for answer in answers {
        assert_eq!(answer, expected);
    }
}

#[test]
fn a_flipped_byte_in_any_file() {
    let (lake, cache) = (demo_lake(), folder());
    let expected = ask(&lake, cache.path(), EVERYTHING).ok();
    let files = files_below(cache.path());
    let wanted = files
        .iter()
        .filter(|path| fs::metadata(path).unwrap().len() > 0);
    let files: Vec<_> = wanted.cloned().collect();
    assert!(files.len() > 30, "{files:?}");
    // One file of each kind and a few more, each at its beginning, in its middle and at its end.
    let kinds = files
        .iter()
        .filter(|path| path.to_string_lossy().contains("kinds-"))
        .take(2);
    let some = files.iter().step_by(files.len() / 6).chain(kinds);
    for path in some {
        let whole = fs::read(path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            fs::write(path, &flipped).unwrap();
            let answer = ask(&lake, cache.path(), EVERYTHING);
            assert_eq!(answer.ok(), expected, "byte {at} of {}", path.display());
            // It was made again, or is as good as new.
            if path.try_exists().unwrap() {
                fs::write(path, &whole).unwrap();
            }
        }
    }
}

#[test]
fn a_cache_of_another_version_is_made_again() {
    let (lake, cache) = (demo_lake(), folder());
    let expected = ask(&lake, cache.path(), EVERYTHING).ok();
    let manifests = files_below(cache.path()).into_iter();
    for path in manifests.filter(|path| path.ends_with("part.json")) {
        let text = fs::read_to_string(&path).unwrap();
        let json = text
            .lines()
            .next()
            .unwrap()
            .replace("\"version\":2", "\"version\":0");
        // Nothing wrong with it but its version.
        fs::write(
            &path,
            format!("{json}\n{:016x}\n", xxh3_64(json.as_bytes())),
        )
        .unwrap();
    }
    assert_eq!(ask(&lake, cache.path(), EVERYTHING).ok(), expected);
    fs::create_dir_all(cache.path().join("lakes/v0/other")).unwrap();
    fs::write(cache.path().join("lakes/v0/other/part.json"), "{}").unwrap();
    assert_eq!(ask(&lake, cache.path(), EVERYTHING).ok(), expected);
    ask(&lake, cache.path(), &["cache", "status"]).ok();
}

/// A disk that takes no more, as a limit on the size of files shows it.
#[cfg(unix)]
#[test]
fn a_full_disk() {
    let (lake, cache) = (demo_lake(), folder());
    let expected = ask_uncached(&lake, EVERYTHING).ok();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(program().get_program())
        .args(EVERYTHING)
        .args(["--lake", &lake, "--cache-dir"])
        .arg(cache.path());
    let full = shell.output().unwrap();
    let err = String::from_utf8_lossy(&full.stderr).into_owned();
    // The limit holds for standard output as well, if that is a file; here it is a pipe.
    assert_eq!(String::from_utf8(full.stdout).unwrap(), expected, "{err}");
    assert!(err.contains("the cache cannot be written"), "{err}");
    assert!(err.contains("--no-cache"), "{err}");
    // With room again it is kept as if nothing had been.
    assert_eq!(ask(&lake, cache.path(), EVERYTHING).ok(), expected);
}

#[test]
fn a_folder_that_cannot_be() {
    let lake = demo_lake();
    let cache = folder();
    let file = cache.path().join("a-file");
    fs::write(&file, "in the way").unwrap();
    let answer = ask(&lake, &file.join("below"), EVERYTHING);
    assert!(
        answer.err.contains("the cache cannot be written"),
        "{}",
        answer.err
    );
    assert_eq!(answer.ok(), ask_uncached(&lake, EVERYTHING).ok());
}
