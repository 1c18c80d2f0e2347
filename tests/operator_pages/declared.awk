# Usage: awk -f signature.awk -f declared.awk HEADER...
# Prints the functions of the namespace weir::op, and those of weir::Dataflow that give streams, with tabs between:
#
#   fold	fold(step_id, initial, folder, is_complete)	include/weir/operators/fold.hpp
#
# It reads declarations as this project writes them: no macros, no comments or strings over several lines.

FNR == 1 {
  depth = 0
  parentheses = 0
  text = ""
}

{
  line = $0
  gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
  gsub(/'([^'\\]|\\.)'/, "' '", line)
  gsub(/\/\*[^*]*\*\//, "", line)
  sub(/\/\/.*/, "", line)
  if (line ~ /^ *#/) {
    next
  }
  for (i = 1; i <= length(line); i++) {
    read(substr(line, i, 1))
  }
  text = text " "
}

function read(c) {
  if (c == "(") {
    parentheses++
  } else if (c == ")") {
    parentheses--
  } else if (parentheses == 0 && c ~ /[{};]/) {
    if (c == "{") {
      enter(text)
    } else if (c == "}") {
      depth--
    } else {
      look_at(text)
    }
    text = ""
    return
  }
  text = text c
}

# At a brace that opens: a namespace, a class, or the body of something.
function enter(head,    outer) {
  gsub(/^ +| +$/, "", head)
  outer = depth == 0 ? "" : scope[depth]
  if (head ~ /^namespace [a-z_:]+$/ && outer != "-") {
    sub(/^namespace /, "", head)
    scope[++depth] = outer == "" ? head : outer "::" head
  } else if (head ~ /^class Dataflow$/ && outer == "weir") {
    scope[++depth] = "weir::Dataflow"
  } else {
    look_at(head)
    scope[++depth] = "-"
  }
}

# At the end of a declaration: prints it if it is a function that is asked for.
function look_at(head,    i, c, angles, parens, start, before, name) {
  if (depth == 0 || (scope[depth] != "weir::op" && scope[depth] != "weir::Dataflow")) {
    return
  }
  head = without_template(head)
  for (i = 1; i <= length(head); i++) {
    c = substr(head, i, 1)
    if (c == "=" && angles == 0 && parens == 0) {
      return
    } else if (c == "<" && parens == 0) {
      angles++
    } else if (c == ">" && parens == 0 && substr(head, i - 1, 1) != "-") {
      angles--
    } else if (c == "(" && angles == 0 && parens++ == 0) {
      start = i
      before = substr(head, 1, i - 1)
      sub(/ +$/, "", before)
      name = match(before, /[A-Za-z_][A-Za-z0-9_]*$/) ? substr(before, RSTART) : ""
    } else if (c == ")" && angles == 0 && --parens == 0 && is_function(name, before)) {
      print name "\t" name "(" parameter_names(substr(head, start + 1, i - start - 1)) ")\t" FILENAME
      return
    }
  }
}

function is_function(name, before) {
  return name ~ /^[a-z]/ && name !~ /^(requires|decltype|noexcept|alignas|static_assert|explicit)$/ &&
         before ~ /[ >&*][a-z_0-9]+$/ && (scope[depth] == "weir::op" || before ~ /Stream<|auto /)
}

# Without `template <...>` at the beginning.
function without_template(head,    i, c, angles, parens) {
  while (head ~ /^ *template *</) {
    angles = 0
    for (i = index(head, "<"); i <= length(head); i++) {
      c = substr(head, i, 1)
      if (c == "(") {
        parens++
      } else if (c == ")") {
        parens--
      } else if (c == "<" && parens == 0) {
        angles++
      } else if (c == ">" && parens == 0 && --angles == 0) {
        break
      }
    }
    head = substr(head, i + 1)
  }
  return head
}
