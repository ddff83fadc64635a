//! What a program may see of the environment: what programs commonly need, what its
//! adapter asks for, and nothing else. Keys of other vendors do not get in by accident.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

/// What every program may see: who and where it is, how to speak, and how to reach the
/// network. A trailing `*` stands for any ending.
pub const COMMON: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "HOSTNAME",
    "TZ",
    "TZDIR",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TERM",
    "TERMINFO",
    "COLORTERM",
    "NO_COLOR",
    "XDG_*",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "FTP_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "ftp_proxy",
];

/// Where the tools are that agents and commands build with. Names of places only: a
/// `CARGO_*` would let registry tokens in.
pub const TOOLS: &[&str] = &[
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "GOPATH",
    "GOROOT",
    "GOBIN",
    "GOCACHE",
    "GOMODCACHE",
    "GOPROXY",
    "GOFLAGS",
    "JAVA_HOME",
    "JDK_HOME",
    "GRADLE_USER_HOME",
    "MAVEN_HOME",
    "ANDROID_HOME",
    "NVM_DIR",
    "NVM_BIN",
    "FNM_DIR",
    "VOLTA_HOME",
    "BUN_INSTALL",
    "DENO_DIR",
    "PNPM_HOME",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYENV_ROOT",
    "UV_CACHE_DIR",
    "PIP_CACHE_DIR",
    "GEM_HOME",
    "GEM_PATH",
    "RBENV_ROOT",
    "ASDF_DIR",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
    "NIX_PATH",
    "NIX_PROFILES",
    "LD_LIBRARY_PATH",
    "PKG_CONFIG_PATH",
];

/// The environment of a program, from that of this process: [`COMMON`] and [`TOOLS`],
/// the names that `allow` lists (a trailing `*` stands for any ending), and then what
/// `set` sets. PWD is `directory` and TMPDIR is `scratch`, whatever else is said.
pub fn filtered(
    allow: &[String],
    set: &[(String, String)],
    directory: &Path,
    scratch: &Path,
) -> Vec<(OsString, OsString)> {
    select(std::env::vars_os(), allow, set, directory, scratch)
}

/// As [`filtered`], from these variables. The result is sorted, and no name comes twice.
pub fn select(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    allow: &[String],
    set: &[(String, String)],
    directory: &Path,
    scratch: &Path,
) -> Vec<(OsString, OsString)> {
    let allowed = |name: &OsStr| {
        let common = COMMON.iter().chain(TOOLS).copied();
        common
            .chain(allow.iter().map(String::as_str))
            .any(|pattern| matches(pattern, name))
    };
    let inherited = variables.into_iter().filter(|(name, _)| allowed(name));
    let set = set.iter().map(|(name, value)| (name.into(), value.into()));
    let fixed = [
        ("PWD".into(), directory.into()),
        ("TMPDIR".into(), scratch.into()),
    ];
    // Later ones win.
    let all: std::collections::BTreeMap<_, _> = inherited.chain(set).chain(fixed).collect();
    all.into_iter().collect()
}

fn matches(pattern: &str, name: &OsStr) -> bool {
    match pattern.strip_suffix('*') {
        // Everything at once is not a list: it would undo the filter.
        Some("") => false,
        Some(start) => name.as_encoded_bytes().starts_with(start.as_bytes()),
        None => name == pattern,
    }
}
