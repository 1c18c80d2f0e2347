# Functions about parameter lists, for scripts that compare what a page says with what a header declares.

# The name of a parameter: of `const More&... more`, `By by = {}`, `U mapper(T)`, `more...`, `step_id`.
function parameter_name(text) {
  sub(/ *=.*$/, "", text)
  sub(/[ .]*$/, "", text)
  sub(/ *\(.*\)$/, "", text)
  return match(text, /[A-Za-z_][A-Za-z0-9_]*$/) ? substr(text, RSTART) : ""
}

# The names of the parameters in a list, with a comma and a space between them.
function parameter_names(list,    i, c, depth, start, names) {
  if (list ~ /^ *$/) {
    return ""
  }
  start = 1
  for (i = 1; i <= length(list) + 1; i++) {
    c = substr(list, i, 1)
    if (c ~ /[(<{[]/) {
      depth++
    } else if (c ~ /[])>}]/) {
      depth--
    } else if (i > length(list) || (c == "," && depth == 0)) {
      names = names (start == 1 ? "" : ", ") parameter_name(substr(list, start, i - start))
      start = i + 1
    }
  }
  return names
}
