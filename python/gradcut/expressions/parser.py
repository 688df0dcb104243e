"""The grammar, by precedence from weak to strong.

::

    condition   ||          left to right, as in C++
    condition   &&
    comparison  < <= > >= == !=   one, or two the same way: a window
    number      + -
    number      * / %
    number      - !         before one operand
    primary     number, column, ?, ?name, ?{any name}, function(...), (...)

It differs from C++ in one point on purpose: ``81 < mll < 101`` is the window. What C++ and this grammar
would read differently in any other way is refused.
"""

from __future__ import annotations

from gradcut.errors import DeclarationError
from gradcut.expressions.lexer import Token, error_at, tokenize
from gradcut.expressions.names import (
    FUNCTIONS,
    REDUCERS,
    column_problem,
    function_hint,
    hole_problem,
    word_hint,
)
from gradcut.expressions.nodes import (
    COMPARISON_OPERATORS,
    Binary,
    Call,
    Column,
    Comparison,
    Expression,
    Hole,
    Logical,
    Number,
    Reduce,
    Unary,
)
from gradcut.expressions.structure import HOLE_RULE, MAX_DEPTH, check_structure, misplaced_hole

__all__ = ["parse"]

_SUM, _PRODUCT = ("+", "-"), ("*", "/", "%")


def parse(text: str) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text : str
        For instance ``"met > ? && count(jet_pt > 30 && abs(jet_eta) < 2.5) >= 2"``.

    Returns
    -------
    Expression
        Its tree.

    Raises
    ------
    DeclarationError
        If the text is not in the grammar. The message shows the place and says what to write.

    Examples
    --------
    >>> from gradcut.expressions import parse, to_text
    >>> to_text(parse("(met>350)&&81<mll<101"))
    'met > 350 && 81 < mll < 101'
    """
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._index = 0
        self._nesting = 0
        self._hole_positions: dict[int, int] = {}

    def parse(self) -> Expression:
        if self._peek().kind == "end":
            raise DeclarationError("an expression is empty", hint="write a condition such as 'met > ?'")
        expression = self._condition()
        if self._peek().kind != "end":
            self._fail_after_operand()
        hole = misplaced_hole(expression)
        if hole is not None:
            position = self._hole_positions[id(hole)]
            raise error_at(self._text, position, "a '?' in the wrong place", allowed=HOLE_RULE)
        check_structure(expression)
        return expression

    def _peek(self) -> Token:
        return self._tokens[self._index]

    def _next(self) -> Token:
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _at(self, *operators: str) -> bool:
        token = self._peek()
        return token.kind == "operator" and token.text in operators

    def _condition(self) -> Expression:
        alternatives = [self._conjunction()]
        while self._at("||"):
            self._next()
            alternatives.append(self._conjunction())
        return alternatives[0] if len(alternatives) == 1 else Logical("||", tuple(alternatives))

    def _conjunction(self) -> Expression:
        parts = [self._comparison()]
        while self._at("&&"):
            self._next()
            parts.append(self._comparison())
        return parts[0] if len(parts) == 1 else Logical("&&", tuple(parts))

    def _comparison(self) -> Expression:
        operands, operators = [self._arithmetic()], list[Token]()
        while self._at(*COMPARISON_OPERATORS):
            operators.append(self._next())
            self._check_chain(operators)
            operands.append(self._arithmetic())
        if not operators:
            return operands[0]
        return Comparison(tuple(operands), tuple(token.text for token in operators))

    def _check_chain(self, operators: list[Token]) -> None:
        if len(operators) < 2:
            return
        position = operators[-1].position
        if len(operators) > 2:
            raise error_at(
                self._text, position, "a window has two comparisons", hint="join the others with '&&'"
            )
        if any(token.text in ("==", "!=") for token in operators):
            raise error_at(
                self._text,
                position,
                "'==' and '!=' cannot be chained",
                hint="write 'a == b && b == c', or parentheses where a condition is meant as a number",
            )
        if operators[0].text[0] != operators[1].text[0]:
            raise error_at(
                self._text,
                position,
                "the comparisons of a window must run the same way",
                allowed="a < x < b, a > x > b (each with or without =)",
                hint="write two comparisons joined by '&&'",
            )

    def _arithmetic(self) -> Expression:
        left = self._product()
        while self._at(*_SUM):
            operator = self._next().text
            left = Binary(operator, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._operand()
        while self._at(*_PRODUCT):
            operator = self._next().text
            left = Binary(operator, left, self._operand())
        return left

    def _operand(self) -> Expression:
        signs: list[Token] = []
        while self._at("-", "!", "+"):
            token = self._next()
            if token.text == "+":
                raise error_at(
                    self._text, token.position, "a '+' before an operand", hint="leave the '+' out"
                )
            signs.append(token)
        self._check_nesting(len(signs))
        if signs and signs[-1].text == "-" and self._peek().kind == "number":
            signs.pop()
            operand: Expression = Number(-self._next().value)
        else:
            operand = self._primary()
        for token in reversed(signs):
            operand = Unary(token.text, operand)
        negated = [token for token in signs if token.text == "!"]
        if negated and self._at(*_SUM, *_PRODUCT, *COMPARISON_OPERATORS):
            raise error_at(
                self._text,
                negated[0].position,
                f"'!' binds stronger than the '{self._peek().text}' after its operand",
                hint="write !(a < b) for the opposite, or (!a) < b if that is meant",
            )
        return operand

    def _primary(self) -> Expression:
        token = self._peek()
        if token.kind == "number":
            self._next()
            return Number(token.value)
        if token.kind == "hole":
            return self._hole()
        if token.kind == "name":
            return self._name()
        if self._at("("):
            self._next()
            self._nesting += 1
            self._check_nesting()
            inside = self._condition()
            self._close(token)
            self._nesting -= 1
            return inside
        found = "the expression ends" if token.kind == "end" else f"found '{token.text}'"
        raise error_at(
            self._text,
            token.position,
            f"{found} where a number, a column, a function or '(' is expected",
            hint="'*' is not a wildcard" if token.text == "*" else None,
        )

    def _hole(self) -> Hole:
        token = self._next()
        name = token.text[1:].removeprefix("{").removesuffix("}")
        problem = hole_problem(name) if len(token.text) > 1 else None
        if problem:
            raise error_at(self._text, token.position, problem[0], hint=problem[1])
        following = self._peek()
        if following.kind == "name" and name == "" and word_hint(following.text) is None:
            hint = f"write ?{following.text} without a space"
            raise error_at(self._text, following.position, "a name after '?'", hint=hint)
        hole = Hole(name or None)
        self._hole_positions[id(hole)] = token.position
        return hole

    def _name(self) -> Expression:
        token = self._next()
        if self._at("("):
            return self._call(token)
        if "::" in token.text:
            raise error_at(
                self._text,
                token.position,
                f"'{token.text}' is not part of the grammar",
                hint='write gc.Cpp("...") for C++ from live code, or a Define of the sample',
            )
        problem = column_problem(token.text)
        if problem:
            raise error_at(self._text, token.position, problem[0], hint=problem[1])
        return Column(token.text)

    def _call(self, name: Token) -> Expression:
        hint = word_hint(name.text)
        if hint:
            raise error_at(self._text, name.position, f"'{name.text}' is not part of the grammar", hint=hint)
        if name.text not in FUNCTIONS and name.text not in REDUCERS:
            problem = f"unknown function '{name.text}'"
            raise error_at(self._text, name.position, problem, hint=function_hint(name.text))
        opening = self._next()
        self._nesting += 1
        self._check_nesting()
        arguments: list[Expression] = []
        if not self._at(")"):
            arguments.append(self._condition())
            while self._at(","):
                self._next()
                arguments.append(self._condition())
        self._close(opening)
        self._nesting -= 1
        if name.text in REDUCERS and len(arguments) == 1:
            return Reduce(name.text, arguments[0])
        return self._function(name, tuple(arguments))

    def _function(self, name: Token, arguments: tuple[Expression, ...]) -> Expression:
        least, most = FUNCTIONS.get(name.text, (1, 1))
        if least <= len(arguments) and (most is None or len(arguments) <= most):
            return Call(name.text, arguments)
        if name.text in ("min", "max"):
            takes = "one vector or at least two numbers"
        else:
            takes = f"{least} argument{'s' if least > 1 else ''}"
        raise error_at(self._text, name.position, f"{name.text}() takes {takes}, not {len(arguments)}")

    def _close(self, opening: Token) -> None:
        if self._at(")"):
            self._next()
        elif self._peek().kind == "end":
            raise error_at(self._text, opening.position, "this '(' is never closed", hint="add a ')'")
        else:
            self._fail_after_operand()

    def _check_nesting(self, more: int = 0) -> None:
        if self._nesting + more > MAX_DEPTH:
            raise error_at(
                self._text,
                self._tokens[self._index - 1].position,
                f"an expression is nested at most {MAX_DEPTH} levels deep",
                hint="Define a column for part of it",
            )

    def _fail_after_operand(self) -> None:
        token = self._peek()
        hint = word_hint(token.text) if token.kind == "name" else None
        if self._at(")"):
            problem, hint = "this ')' closes nothing", "leave it out, or add a '('"
        elif self._at(","):
            problem, hint = "a ',' outside the arguments of a function", "decimals are written with a dot"
        elif self._at("!"):
            problem, hint = "found '!' where an operator is expected", "write '!=' or '&& !'"
        elif token.kind == "hole":
            problem, hint = "a '?' in the wrong place", "there is no 'a ? b : c'; compare with it: 'met > ?'"
        else:
            problem = f"found '{token.text}' where an operator is expected"
        raise error_at(self._text, token.position, problem, hint=hint)
