//! Packages: beside the program that copies the same blobs, and beside nothing.

use std::{
    fs, io,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    clock::{median, once, pair},
    figure::{Figure, time},
};

const ROUNDS: usize = 9;
/// A package as large as components and prompts make them.
const SIZE: usize = 5 << 20;
const MANY: usize = 1_000;

pub(crate) fn all(programs: &Path) -> io::Result<Vec<Figure>> {
    // From another directory it must still be found.
    let cm = fs::canonicalize(programs.join("cm"))?;
    let mut figures = Vec::new();
    match registry() {
        Some(program) => figures.extend(installing(&cm, &program)?),
        None => eprintln!("SKIPPED: installing from a registry: docker-registry is not installed"),
    }
    figures.push(listing(&cm)?);
    Ok(figures)
}

fn cm(program: &Path, home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env("CODEMACHINE_HOME", home);
    command
}

fn installing(program: &Path, registry: &Path) -> io::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(registry, folder.path())?;
    let url = format!("http://127.0.0.1:{}/team", server.port);
    let package = folder.path().join("big");
    write(&package, "big")?;
    fs::create_dir(package.join("assets"))?;
    fs::write(package.join("assets/noise.bin"), noise(SIZE))?;
    let path = package.display().to_string();
    let author = folder.path().join("author");
    once(
        &mut cm(program, &author, &["publish", &path, "--registry", &url]),
        0,
    )?;

    let fresh = || -> io::Result<PathBuf> {
        let home = tempfile::tempdir_in(folder.path())?.keep();
        fs::write(
            home.join("registries.toml"),
            format!("default = \"team\"\n[registries.team]\nurl = \"{url}\"\ncooldown-days = 0\n"),
        )?;
        Ok(home)
    };
    let install = |home: &Path| Ok(once(&mut cm(program, home, &["install", "big"]), 0)?.wall);
    let ours = || install(&fresh()?);
    let copy = || {
        let to = tempfile::tempdir_in(folder.path())?.keep();
        let from = format!("docker://127.0.0.1:{}/team/big:1.0.0", server.port);
        let to = format!("dir:{}", to.display());
        let mut skopeo = Command::new("skopeo");
        skopeo.args([
            "copy",
            "--insecure-policy",
            "--src-tls-verify=false",
            &from,
            &to,
        ]);
        Ok(once(&mut skopeo, 0)?.wall)
    };
    let mut figures = Vec::new();
    if Command::new("skopeo").arg("--version").output().is_ok() {
        let (ours, floor) = pair(ROUNDS, ours, copy)?;
        let ratio = ours.as_secs_f64() / floor.as_secs_f64();
        figures.push(Figure {
            name: "`cm install` of 5 MB from a registry".into(),
            ours: shown(ours),
            floor: format!("{} (`skopeo copy` of the same)", shown(floor)),
            ratio: Some(ratio),
            promise: "≤ 1.3×".into(),
            kept: ratio <= 1.3,
        });
    } else {
        eprintln!("SKIPPED: `cm install` beside skopeo, which is not installed");
    }
    let home = fresh()?;
    install(&home)?;
    let times: io::Result<Vec<_>> = (0..ROUNDS * 3)
        .map(|_| Ok(once(&mut cm(program, &home, &["install", "big@1.0.0"]), 0)?.wall))
        .collect();
    figures.push(at_most(
        "`cm install` of what is there",
        median(times?),
        Duration::from_millis(20),
    ));
    Ok(figures)
}

fn listing(program: &Path) -> io::Result<Figure> {
    let folder = tempfile::tempdir()?;
    let home = folder.path().join("home");
    let mut arguments = vec!["install".to_owned(), "--yes".to_owned()];
    for number in 0..MANY {
        let name = format!("package-{number}");
        write(&folder.path().join(&name), &name)?;
        arguments.push(format!("./{name}"));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut install = cm(program, &home, &arguments);
    once(
        install.arg("--accept-cautions").current_dir(folder.path()),
        0,
    )?;
    let times: io::Result<Vec<_>> = (0..ROUNDS * 3)
        .map(|_| Ok(once(&mut cm(program, &home, &["list"]), 0)?.wall))
        .collect();
    Ok(at_most(
        "`cm list` with 1,000 packages",
        median(times?),
        Duration::from_millis(30),
    ))
}

fn at_most(name: &str, ours: Duration, most: Duration) -> Figure {
    Figure {
        name: name.into(),
        ours: shown(ours),
        floor: String::new(),
        ratio: None,
        promise: format!("≤ {} ms", most.as_millis()),
        kept: ours <= most,
    }
}

fn write(package: &Path, name: &str) -> io::Result<()> {
    fs::create_dir_all(package)?;
    fs::write(
        package.join("cm.toml"),
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n"),
    )?;
    fs::write(
        package.join("workflow.yaml"),
        "name: X\nsteps: [{ agent: worker }]\n",
    )?;
    fs::create_dir_all(package.join("agents"))?;
    fs::write(package.join("agents/worker.md"), "Say hello.\n")
}

/// Bytes that nothing compresses, the same every time.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..count).map(|_| next()).collect()
}

fn registry() -> Option<PathBuf> {
    let named = std::env::var_os("CM_DOCKER_REGISTRY").map(PathBuf::from);
    let usual = ["/usr/bin/docker-registry", "/usr/local/bin/docker-registry"];
    let mut all = named.into_iter().chain(usual.map(PathBuf::from));
    all.find(|path| path.exists())
}

/// The registry that companies run.
struct Server {
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(program: &Path, folder: &Path) -> io::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = folder.join("config.yml");
        fs::write(
            &config,
            format!(
                "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    \
                 rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{port}\n",
                folder.join("data").display()
            ),
        )?;
        let process = Command::new(program)
            .arg("serve")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { process, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if began.elapsed() > Duration::from_secs(30) {
                return Err(io::Error::other("docker-registry does not start"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }
}

fn shown(duration: Duration) -> String {
    time(duration.as_nanos() as f64)
}
