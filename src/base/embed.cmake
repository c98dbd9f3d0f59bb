# Writes OUTPUT: a C file that holds FILES (paths relative to ROOT) as strings.
# Bytes, not string literals: compilers limit the length of a literal.
set(declarations "")
set(table "")
set(number 0)
foreach(file IN LISTS FILES)
    file(READ "${ROOT}/${file}" bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND declarations "static const char text_${number}[] = {${bytes}0};\n")
    string(APPEND table "    {\"${file}\", text_${number}},\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUTPUT}" "#include \"base/embedded.h\"\n\n#include <stddef.h>\n\n${declarations}
const struct embedded_file embedded_files[] = {\n${table}    {NULL, NULL},\n};\n")
