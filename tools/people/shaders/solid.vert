// Boxes, balls and leaves around the person.
in vec3 place;
in vec3 normal;
in vec3 paint;
uniform mat4 projection;
out vec3 at;
out vec3 facing;
out vec3 tint;

void main() {
    at = place;
    facing = normal;
    tint = paint;
    gl_Position = projection * vec4(place, 1.0);
}
