#include "ConditionCode.hxx"
#include "CodePieces.hxx"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <tuple>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

// The limits of gradcut.expressions: structure.MAX_DEPTH (and what guards add), cpp.MAX_CODE_LENGTH,
// names.MAX_NAME_LENGTH.
constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxCodeLength = 100000;
constexpr std::size_t kMaxNameLength = 200;
/// Integers up to here are exact in float: comparing any column with them as int is comparing in double.
constexpr double kExact = 1 << 24;

template <std::size_t N>
bool IsOneOf(const std::string &word, const std::array<const char *, N> &words)
{
   return std::any_of(words.begin(), words.end(), [&](const char *known) { return word == known; });
}

constexpr std::array<const char *, 5> kArithmetic{"+", "-", "*", "/", "%"};
constexpr std::array<const char *, 6> kComparisons{"<", "<=", ">", ">=", "==", "!="};
constexpr std::array<const char *, 7> kOfOne{"abs", "sqrt", "exp", "log", "sin", "cos", "tan"};
constexpr std::array<const char *, 3> kOfTwo{"pow", "atan2", "hypot"};
constexpr std::array<const char *, 2> kExtremes{"min", "max"};
constexpr std::array<const char *, 6> kReducers{"any", "all", "count", "sum", "max", "min"};

/// Letters, digits and _, parts joined by dots: whatever a node's columns are called, no other text reaches C++.
bool IsColumnName(const std::string &name)
{
   bool begins = true;
   for (const char c : name) {
      const bool isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      const bool isDigit = c >= '0' && c <= '9';
      if (!(isLetter || (!begins && (isDigit || c == '.'))))
         return false;
      begins = c == '.';
   }
   return !begins && name.size() <= kMaxNameLength;
}

double ValueOf(const JsonValue &number)
{
   const auto value = std::strtod(number.Number().c_str(), nullptr);
   if (!std::isfinite(value))
      number.Refuse("a number of an expression must be finite");
   return value;
}

/// A double as Python writes it, which is how the file holds it; in a comparison with a column as an int if it is one.
Code Literal(const JsonValue &number, bool besideColumn, bool signedColumn)
{
   const auto value = ValueOf(number);
   auto text = number.Number();
   if (text.find_first_of(".eE") == std::string::npos)
      text += ".0";
   if (besideColumn && value == std::trunc(value) && std::fabs(value) <= kExact && (value >= 0 || signedColumn))
      text = std::to_string(static_cast<long>(value));
   const bool isNegative = text[0] == '-';
   return {text, isNegative ? kUnary : kPrimary, EValue::kDouble, false, true, false};
}

/// Renders trees; every node is checked where it is met. Without knowledge about columns it only checks.
class Renderer {
public:
   explicit Renderer(const IsVectorColumn *isVector) : fIsVector(isVector) {}

   Code Render(const JsonValue &node, int depth = 1) const
   {
      if (depth > kMaxDepth)
         node.Refuse("an expression is nested at most " + std::to_string(kMaxDepth) + " levels deep");
      auto code = Node(node, depth);
      if (code.fText.size() > kMaxCodeLength)
         node.Refuse("an expression of more than " + std::to_string(kMaxCodeLength) + " characters of C++");
      return code;
   }

   Code Condition(const JsonValue &node, int depth) const
   {
      const auto *number = node.Find("number");
      if (number && node.Members().size() == 1)
         return {ValueOf(*number) != 0. ? "true" : "false", kPrimary, EValue::kTruth, false, false, false};
      return Render(node, depth);
   }

private:
   /// The kind of a node: the one key that is a kind, if the others are those that belong to it.
   static const JsonValue *KindIf(const JsonValue &node, const char *kind, std::initializer_list<const char *> parts)
   {
      const auto *value = node.Find(kind);
      if (!value || node.Members().size() != parts.size() + 1)
         return nullptr;
      for (const char *part : parts) {
         if (!node.Find(part))
            return nullptr;
      }
      return value;
   }

   std::vector<Code> All(const JsonValue &nodes, int depth) const
   {
      std::vector<Code> codes;
      for (const auto &node : nodes.Items())
         codes.push_back(Render(node, depth + 1));
      return codes;
   }

   Code Node(const JsonValue &node, int depth) const
   {
      if (const auto *number = KindIf(node, "number", {}))
         return Literal(*number, false, false);
      if (const auto *name = KindIf(node, "column", {}))
         return Column(*name);
      if (const auto *op = KindIf(node, "unary", {"operand"}))
         return Unary(*op, node.At("operand"), depth);
      if (const auto *op = KindIf(node, "binary", {"left", "right"}))
         return Binary(*op, Render(node.At("left"), depth + 1), Render(node.At("right"), depth + 1));
      if (const auto *operators = KindIf(node, "comparison", {"operands"}))
         return Comparison(*operators, node.At("operands"), depth);
      if (const auto *op = KindIf(node, "logical", {"operands"}))
         return Logical(*op, node.At("operands"), depth);
      if (const auto *function = KindIf(node, "call", {"arguments"}))
         return Call(*function, All(node.At("arguments"), depth));
      if (const auto *reducer = KindIf(node, "reduce", {"argument"})) {
         const auto argument = Render(node.At("argument"), depth + 1);
         const auto &name = reducer->String();
         if (!IsOneOf(name, kReducers))
            reducer->Refuse("unknown reducer '" + name + "'");
         if (fIsVector && !argument.fIsVector && name != "any" && name != "all")
            reducer->Refuse(name + "() needs a vector column");
         return ReduceCode(name, argument);
      }
      if (node.Find("cpp"))
         node.Refuse("a file cannot contain C++");
      if (node.Find("hole"))
         node.Refuse("a number is left open");
      node.Refuse("this is not a node of an expression");
   }

   Code Column(const JsonValue &value) const
   {
      const auto &name = value.String();
      if (!IsColumnName(name))
         value.Refuse("'" + name.substr(0, 80) + "' is not a column's name");
      return {name, kPrimary, EValue::kColumn, fIsVector && (*fIsVector)(name), false, true};
   }

   Code Unary(const JsonValue &op, const JsonValue &part, int depth) const
   {
      if (op.String() == "-") {
         const auto operand = AsDouble(Render(part, depth + 1));
         return {
            "-" + operand.AtLeast(kPrimary), kUnary, EValue::kDouble, operand.fIsVector, false, operand.fReadsColumns};
      }
      if (op.String() != "!")
         op.Refuse("unknown operator '" + op.String() + "'");
      const auto operand = Condition(part, depth + 1);
      // The operator ! of RVec keeps the element's type; a comparison gives RVec<int>.
      if (operand.fIsVector && operand.fValue != EValue::kTruth)
         return {operand.AtLeast(kSum) + " == 0", kComparison, EValue::kTruth, true, false, true};
      return {"!" + operand.AtLeast(kPrimary), kUnary, EValue::kTruth, operand.fIsVector, false, operand.fReadsColumns};
   }

   Code Binary(const JsonValue &op, Code left, const Code &right) const
   {
      const auto &sign = op.String();
      if (!IsOneOf(sign, kArithmetic))
         op.Refuse("unknown operator '" + sign + "'");
      if (left.fValue != EValue::kDouble && right.fValue != EValue::kDouble)
         left = AsDouble(left);
      const bool vector = left.fIsVector || right.fIsVector;
      const bool reads = left.fReadsColumns || right.fReadsColumns;
      if (sign == "%")
         return {(vector ? "fmod(" : "std::fmod(") + left.fText + ", " + right.fText + ")",
                 kPrimary,
                 EValue::kDouble,
                 vector,
                 false,
                 reads};
      const auto precedence = sign == "+" || sign == "-" ? kSum : kProduct;
      const auto text =
         left.AtLeast(precedence) + " " + sign + " " + right.AtLeast(static_cast<EPrecedence>(precedence + 1));
      return {text, precedence, EValue::kDouble, vector, false, reads};
   }

   Code Comparison(const JsonValue &operators, const JsonValue &operands, int depth) const
   {
      const auto &signs = operators.Items();
      const auto &nodes = operands.Items();
      if (signs.empty() || signs.size() > 2 || nodes.size() != signs.size() + 1)
         operators.Refuse("a comparison has one operator, a window two");
      for (const auto &sign : signs) {
         if (!IsOneOf(sign.String(), kComparisons))
            sign.Refuse("unknown operator '" + sign.String() + "'");
      }
      const auto runs = [&](std::size_t i) { return signs[i].String()[0]; };
      if (signs.size() == 2 && (runs(0) != runs(1) || (runs(0) != '<' && runs(0) != '>')))
         operators.Refuse("the comparisons of a window must run the same way");
      const auto codes = All(operands, depth);
      std::vector<Code> pairs;
      for (std::size_t i = 0; i < signs.size(); ++i)
         pairs.push_back(Pair(signs[i].String(), nodes[i], codes[i], nodes[i + 1], codes[i + 1]));
      if (pairs.size() == 1)
         return pairs[0];
      const auto text = pairs[0].AtLeast(kComparison) + " && " + pairs[1].AtLeast(kComparison);
      const bool reads = pairs[0].fReadsColumns || pairs[1].fReadsColumns;
      return {text, kAnd, EValue::kTruth, pairs[0].fIsVector || pairs[1].fIsVector, false, reads};
   }

   Code Pair(const std::string &sign, const JsonValue &leftNode, Code left, const JsonValue &rightNode,
             Code right) const;

   Code Logical(const JsonValue &op, const JsonValue &operands, int depth) const;

   Code Call(const JsonValue &function, const std::vector<Code> &arguments) const
   {
      const auto &name = function.String();
      const bool isExtreme = IsOneOf(name, kExtremes);
      const std::size_t least = IsOneOf(name, kOfOne) ? 1 : IsOneOf(name, kOfTwo) || isExtreme ? 2 : 0;
      if (least == 0)
         function.Refuse("unknown function '" + name + "'");
      if (arguments.size() < least || (arguments.size() > least && !isExtreme))
         function.Refuse(name + "() takes " + (isExtreme ? "at least " : "") + std::to_string(least) +
                         " arguments, not " + std::to_string(arguments.size()));
      if (!isExtreme)
         return CallCode(name, arguments);
      auto code = arguments[0];
      for (std::size_t i = 1; i < arguments.size(); ++i)
         code = ExtremeCode(name, code, arguments[i]);
      return code;
   }

   const IsVectorColumn *fIsVector;
};

Code Renderer::Pair(const std::string &sign, const JsonValue &leftNode, Code left, const JsonValue &rightNode,
                    Code right) const
{
   const bool vector = left.fIsVector || right.fIsVector;
   const bool equality = sign == "==" || sign == "!=";
   if (equality && !vector && left.fText == right.fText) {
      // x == x, the guard against NaN; compilers warn about it where x is an integer.
      if (!left.MayBeNaN())
         return {sign == "==" ? "true" : "false", kPrimary, EValue::kTruth};
      return {(sign == "==" ? "!std::isnan(" : "std::isnan(") + left.fText + ")",
              kUnary,
              EValue::kTruth,
              false,
              false,
              left.fReadsColumns};
   }
   if (equality && !vector) {
      for (const auto &[node, number, other] :
           {std::make_tuple(&rightNode, &right, &left), std::make_tuple(&leftNode, &left, &right)}) {
         const bool isInteger = other->fValue == EValue::kTruth || other->fValue == EValue::kCount;
         const auto *value = number->fIsLiteral && isInteger ? node->Find("number") : nullptr;
         if (value && ValueOf(*value) != std::trunc(ValueOf(*value)))
            return {sign == "!=" ? "true" : "false", kPrimary, EValue::kTruth};
      }
   }
   if (right.fIsLiteral && !left.fIsLiteral)
      right = Literal(rightNode.At("number"), true, left.fValue != EValue::kColumn);
   else if (left.fIsLiteral && !right.fIsLiteral)
      left = Literal(leftNode.At("number"), true, right.fValue != EValue::kColumn);
   else if (left.fValue == EValue::kColumn && right.fValue == EValue::kColumn)
      left = AsDouble(left);
   const bool reads = left.fReadsColumns || right.fReadsColumns;
   return {
      left.AtLeast(kSum) + " " + sign + " " + right.AtLeast(kSum), kComparison, EValue::kTruth, vector, false, reads};
}

Code Renderer::Logical(const JsonValue &op, const JsonValue &operands, int depth) const
{
   const bool isAnd = op.String() == "&&";
   if (!isAnd && op.String() != "||")
      op.Refuse("unknown operator '" + op.String() + "'");
   if (operands.Items().size() < 2)
      operands.Refuse("'" + op.String() + "' joins at least two conditions");
   std::vector<Code> all, parts;
   for (const auto &operand : operands.Items())
      all.push_back(Condition(operand, depth + 1));
   const std::string neutral = isAnd ? "true" : "false";
   std::copy_if(all.begin(), all.end(), std::back_inserter(parts),
                [&](const Code &code) { return code.fText != neutral; });
   if (parts.empty())
      parts.push_back(all[0]);
   if (parts.size() == 1 && parts[0].fValue != EValue::kTruth)
      return {parts[0].AtLeast(kSum) + " != 0",
              kComparison,
              EValue::kTruth,
              parts[0].fIsVector,
              false,
              parts[0].fReadsColumns};
   if (parts.size() == 1)
      return parts[0];
   Code code{"", isAnd ? kAnd : kOr, EValue::kTruth};
   for (const auto &part : parts) {
      // Compilers warn about && inside || without parentheses.
      code.fText += (code.fText.empty() ? "" : " " + op.String() + " ") + part.AtLeast(isAnd ? kAnd : kComparison);
      code.fIsVector |= part.fIsVector;
      code.fReadsColumns |= part.fReadsColumns;
   }
   return code;
}

} // namespace

void CheckCondition(const JsonValue &tree)
{
   Renderer(nullptr).Render(tree);
}

std::string ConditionCode(const JsonValue &tree, const IsVectorColumn &isVector)
{
   const auto code = Renderer(&isVector).Render(tree);
   if (code.fIsVector)
      tree.Refuse("a vector column without a reducer, which says which objects decide");
   return code.fText;
}

} // namespace Internal
} // namespace GradCut
