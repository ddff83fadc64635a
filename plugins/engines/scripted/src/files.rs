//! Changes of files, as commands for the shell.

use cm_sdk::engine::Error;

use crate::quote::{bad, quoted, relative};
use crate::script::{Edit, File};

/// Replaces a text in `$cm_file` without any language of patterns.
const REPLACE: &str = r#"  exec 2>&1
  cm_text=$(cat "./$cm_file" && printf x) || exit 1
  cm_text=${cm_text%x}
  case $cm_text in
    (*"$cm_old"*)
      cm_head=${cm_text%%"$cm_old"*}
      cm_tail=${cm_text#*"$cm_old"}
      printf '%s' "$cm_head$cm_new$cm_tail" > "./$cm_file" ;;
    (*)
      printf 'the text to replace is not in %s\n' "$cm_file"
      exit 1 ;;
  esac"#;

/// Writes a file, and the folders it is in.
pub(crate) fn write(file: &File) -> Result<String, Error> {
    let path = relative(&file.path)?;
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    Ok(format!(
        "exec 2>&1; mkdir -p -- {} && printf '%s' {} > {}",
        quoted(&format!("./{folder}")),
        quoted(&file.text),
        quoted(&format!("./{path}")),
    ))
}

/// Replaces a text in a file.
pub(crate) fn edit(edit: &Edit) -> Result<String, Error> {
    let path = relative(&edit.path)?;
    if edit.old.is_empty() {
        return Err(bad("`edit` needs a text to look for in `old`"));
    }
    Ok(format!(
        "cm_file={}; cm_old={}; cm_new={}\n{REPLACE}\n",
        quoted(path),
        quoted(&edit.old),
        quoted(&edit.new),
    ))
}
