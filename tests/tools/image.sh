# The image of docs/deploy/Containerfile, made in bare roots: its lines are read
# and done one by one, without the engine that would do it elsewhere.
#
#   . tests/tools/root.sh; . tests/tools/image.sh
#   image_make FILE TREE         the last stage is the root "image-N"; sets $image, $image_user,
#                                $image_folder, $image_command
# shellcheck shell=sh

# The instructions, a line each.
image_lines()
{
    sed -e '/^ *#/d' -e '/^ *$/d' "$1" | sed -e ':again' -e '/\\$/{N' -e 's/ *\\\n */ /' -e 'b again' -e '}'
}

# image_copy TREE WORD… TO
image_copy()
{
    from=$1
    shift
    case $1 in
    --from=*)
        from=$roots/$(sed -n "s/^${1#--from=} //p" "$roots/stages")
        shift
        ;;
    esac
    for to; do :; done # the last word
    while [ $# -gt 1 ]; do
        case $to in
        */) mkdir -p "$roots/$image$to" ;;
        *) mkdir -p "$roots/$image${to%/*}" ;;
        esac
        cp -a "$from/$1" "$roots/$image$to" && chown -R 0:0 "$roots/$image$to" || return
        shift
    done
}

# ["a", "b"] as words
image_words()
{
    echo "$1" | tr -d '[],"'
}

# image_do TREE INSTRUCTION REST
image_do()
{
    echo "$2 $3"
    case $2 in
    FROM)
        stages=$((stages + 1))
        image=image-$stages
        image_user=0:0
        image_folder=/
        image_release=${3#debian:}
        echo "${3##* AS } $image" >>"$roots/stages"
        root_new "${image_release%%-*}" "$image"
        ;;
    RUN) root_run "$image" "$3" ;;
    # shellcheck disable=SC2086 # words
    COPY) image_copy "$1" $3 ;;
    USER) image_user=$3 ;;
    WORKDIR) image_folder=$3 ;;
    ENTRYPOINT) image_entry=$(image_words "$3") ;;
    CMD) image_command="$image_entry $(image_words "$3")" ;;
    *) echo "image: no such instruction here: $2" && return 1 ;;
    esac
}

image_make()
{
    stages=0
    image_lines "$1" >"$roots/instructions"
    while read -r instruction rest <&3; do
        image_do "$2" "$instruction" "$rest" || return
    done 3<"$roots/instructions"
}

# As its user and in its folder.
image_run()
{
    root_run "$image" "cd $image_folder && $1" "$image_user"
}
