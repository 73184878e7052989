// Where Pulumi enters the pack. It compiles TypeScript that it loads itself; what a module imports is Node's, which
// strips the types.
import './pack.ts'
