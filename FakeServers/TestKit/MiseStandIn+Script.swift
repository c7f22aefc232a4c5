extension MiseStandIn {
  /// The stand-in itself: a shell script that reads the tasks with awk.
  ///
  /// It knows `trust`, `install`, `run NAME [arguments] [::: NAME ...]`, `tasks` and `--version`. Of TOML it reads tables, dotted and
  /// quoted keys, the four kinds of string, arrays and inline tables; numbers and dates are taken as words.
  static let script = ##"""
    #!/bin/sh
    # A small stand-in for mise: runs the tasks of mise.toml or .mise.toml.
    fail() { echo "mise ERROR $*" >&2; exit 1; }

    # Walks up from the current folder to the nearest configuration.
    find_configuration() {
      folder=$PWD
      while :; do
        for name in mise.toml .mise.toml .config/mise.toml; do
          if [ -f "$folder/$name" ]; then configuration=$folder/$name; root=$folder; return 0; fi
        done
        [ "$folder" = / ] && return 1
        folder=$(dirname "$folder")
      done
    }

    # ask tasks | ask env | ask exists NAME | ask depends NAME | ask run NAME INDEX
    ask() {
      MISE_ASK=$1 MISE_NAME=$2 MISE_INDEX=$3 awk '
        function skip_blank() { while (substr(text, at, 1) ~ /[ \t]/) at++ }
        function skip_space(c) {
          for (;;) {
            c = substr(text, at, 1)
            if (c == "#") skip_line()
            else if (c != "" && index(" \t\r\n", c)) at++
            else return
          }
        }
        function skip_line() { while (at <= size && substr(text, at, 1) != "\n") at++ }
        function rest_of_escape(c) {
          if (c == "n") return "\n"
          if (c == "t") return "\t"
          if (c == "r") return "\r"
          if (c == "e") return "\033"
          return c
        }
        function quoted(quote, c, value, triple) {
          triple = substr(text, at, 3) == quote quote quote
          at += triple ? 3 : 1
          if (triple && substr(text, at, 1) == "\n") at++
          value = ""
          while (at <= size) {
            c = substr(text, at, 1)
            if (triple ? substr(text, at, 3) == quote quote quote : c == quote) { at += triple ? 3 : 1; return value }
            if (c == "\\" && quote == "\"") {
              at++; c = substr(text, at, 1)
              if (triple && c == "\n") { while (substr(text, at, 1) ~ /[ \t\n]/) at++; continue }
              c = rest_of_escape(c)
            }
            value = value c; at++
          }
          return value
        }
        function key(c, word) {
          skip_blank(); c = substr(text, at, 1)
          if (c == "\"" || c == single) return quoted(c)
          word = ""
          while ((c = substr(text, at, 1)) ~ /[A-Za-z0-9_:-]/) { word = word c; at++ }
          return word
        }
        function dotted(path) {
          path = key(); skip_blank()
          while (substr(text, at, 1) == ".") { at++; path = path SEP key(); skip_blank() }
          return path
        }
        function store(path, value) { count[path]++; values[path, count[path]] = value; order[++entries] = path }
        function value_of(path, c, word) {
          skip_blank(); c = substr(text, at, 1)
          if (c == "\"" || c == single) { store(path, quoted(c)); return }
          if (c == "[") {
            at++; skip_space()
            while (at <= size && substr(text, at, 1) != "]") {
              value_of(path); skip_space()
              if (substr(text, at, 1) == ",") { at++; skip_space() }
            }
            at++; return
          }
          if (c == "{") {
            at++; skip_space()
            while (at <= size && substr(text, at, 1) != "}") {
              pair(path SEP); skip_space()
              if (substr(text, at, 1) == ",") { at++; skip_space() }
            }
            at++; return
          }
          word = ""
          while (at <= size && !index(" \t\r\n,]}#", (c = substr(text, at, 1)))) { word = word c; at++ }
          if (word == "") at++
          store(path, word)
        }
        function pair(prefix, path) {
          path = prefix dotted(); skip_blank()
          if (substr(text, at, 1) != "=") { skip_line(); return }
          at++; value_of(path)
        }
        BEGIN { SEP = "\001"; single = sprintf("%c", 39); text = "" }
        { text = text $0 "\n" }
        END {
          size = length(text); at = 1; table = ""
          for (skip_space(); at <= size; skip_space()) {
            if (substr(text, at, 1) == "[") {
              while (substr(text, at, 1) == "[") at++
              table = dotted(); tables[table] = 1; table = table SEP
              skip_line()
            } else pair(table)
          }
          what = ENVIRON["MISE_ASK"]; task = "tasks" SEP ENVIRON["MISE_NAME"]
          if (what == "tasks") {
            for (i = 1; i <= entries; i++) {
              split(order[i], part, SEP)
              if (part[1] == "tasks" && !seen[part[2]]++) print part[2]
            }
          } else if (what == "env") {
            for (i = 1; i <= entries; i++) {
              split(order[i], part, SEP)
              if (part[1] == "env" && (part[2] ~ /^[A-Za-z_][A-Za-z0-9_]*$/)) print part[2] "=" values[order[i], 1]
            }
          } else if (what == "exists") {
            if (task in tables || task in count) exit 0
            for (path in count) if (index(path, task SEP) == 1) exit 0
            exit 1
          } else if (what == "depends") {
            path = task SEP "depends"
            for (i = 1; i <= count[path]; i++) print values[path, i]
          } else if (what == "run") {
            path = (task in count) ? task : task SEP "run"; i = ENVIRON["MISE_INDEX"] + 0
            if (i > count[path]) exit 1
            print values[path, i]
          }
        }' "$configuration"
    }

    finished=" "
    run_task() {
      case $finished in *" $1 "*) return 0 ;; esac
      ask exists "$1" || fail "no task $1 found"
      finished="$finished$1 "
      for dependency in $(ask depends "$1"); do run_task "$dependency"; done
      name=$1; shift; index=1
      while script=$(ask run "$name" "$index"); do
        for argument in "$@"; do
          script="$script '$(printf %s "$argument" | sed "s/'/'\\\\''/g")'"
        done
        printf '[%s] $ %s\n' "$name" "$(printf '%s\n' "$script" | sed -n 1p)" >&2
        case $script in
          '#!'*)
            file=$(mktemp) && printf '%s\n' "$script" > "$file" && chmod 700 "$file"
            (cd "$root" && "$file"); code=$?
            rm -f "$file" ;;
          *) (cd "$root" && exec sh -e -c "$script"); code=$? ;;
        esac
        if [ "$code" -ne 0 ]; then echo "[$name] ERROR task failed" >&2; exit "$code"; fi
        index=$((index + 1))
      done
    }

    run_tasks() {
      find_configuration || fail "no mise.toml found in $PWD or above"
      while IFS= read -r assignment; do
        if [ -n "$assignment" ]; then export "$assignment"; fi
      done <<END
    $(ask env)
    END
      [ $# -gt 0 ] || fail "no task named; there are: $(ask tasks | tr '\n' ' ')"
      while [ $# -gt 0 ]; do
        task=$1; shift; count=0
        for argument in "$@"; do [ "$argument" = ::: ] && break; count=$((count + 1)); done
        run_first "$count" "$task" "$@"
        shift "$count"
        if [ "$1" = ::: ]; then shift; fi
      done
    }

    # run_first COUNT TASK ARGUMENT...: runs the task with the first COUNT arguments only.
    run_first() {
      limit=$1; wanted=$2; shift 2
      total=$#; used=0
      for argument in "$@"; do
        [ "$used" -lt "$limit" ] && set -- "$@" "$argument"
        used=$((used + 1))
      done
      shift "$total"
      run_task "$wanted" "$@"
    }

    command=$1
    [ $# -gt 0 ] && shift
    case $command in
      --version | version | -V) echo "0.0.0 mise-ci-stand-in" ;;
      trust) if find_configuration; then echo "mise trusted $configuration" >&2; else echo "mise No untrusted config files found." >&2; fi ;;
      install | i) echo "mise stand-in: tools are not installed, what is on PATH is used" >&2 ;;
      run | r) if [ "$1" = -- ]; then shift; fi; run_tasks "$@" ;;
      tasks) find_configuration && ask tasks ;;
      *) echo "mise stand-in: '$command' is not known here; it knows trust, install, run, tasks" >&2; exit 2 ;;
    esac
    """##
}
