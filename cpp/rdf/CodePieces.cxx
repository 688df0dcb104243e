#include "CodePieces.hxx"

namespace GradCut {
namespace Internal {
namespace {

std::string Capitalised(std::string name)
{
   name[0] = static_cast<char>(name[0] - 'a' + 'A');
   return name;
}

/// A constant that the compiler cannot see: it would replace pow by something else in the last bit.
std::string Unfoldable(const Code &code, bool vector)
{
   const auto read = "(volatile double &&)" + code.AtLeast(kUnary);
   return vector ? "double(" + read + ")" : read;
}

} // namespace

std::string Code::AtLeast(EPrecedence precedence) const
{
   return fPrecedence >= precedence ? fText : "(" + fText + ")";
}

Code AsDouble(const Code &code)
{
   if (code.fValue == EValue::kDouble)
      return code;
   const auto text = (code.fIsVector ? "ROOT::RVecD(" : "double(") + code.fText + ")";
   return {text, kPrimary, EValue::kDouble, code.fIsVector, false, code.fReadsColumns};
}

Code CallCode(const std::string &function, const std::vector<Code> &arguments)
{
   auto doubles = arguments;
   bool vector = false, reads = false, anyDouble = false;
   for (const auto &argument : doubles) {
      vector |= argument.fIsVector;
      reads |= argument.fReadsColumns;
      anyDouble |= argument.fValue == EValue::kDouble;
   }
   if (function == "abs") {
      if (vector)
         return {"abs(" + AsDouble(arguments[0]).fText + ")", kPrimary, EValue::kDouble, true, false, reads};
      const auto value = arguments[0].fValue == EValue::kColumn ? EValue::kColumn : EValue::kDouble;
      return {"std::fabs(" + arguments[0].fText + ")", kPrimary, value, false, false, reads};
   }
   if (!anyDouble)
      doubles[0] = AsDouble(doubles[0]);
   std::string text = (vector ? "" : "std::") + function + "(";
   for (std::size_t i = 0; i < doubles.size(); ++i) {
      const bool hide = function == "pow" && !doubles[i].fReadsColumns;
      text += (i ? ", " : "") + (hide ? Unfoldable(doubles[i], vector) : doubles[i].fText);
   }
   return {text + ")", kPrimary, EValue::kDouble, vector, false, reads};
}

Code ExtremeCode(const std::string &function, const Code &first, const Code &second)
{
   const bool reads = first.fReadsColumns || second.fReadsColumns;
   if (first.fIsVector || second.fIsVector) {
      const auto one = AsDouble(first), two = AsDouble(second);
      const auto a = one.AtLeast(kPrimary), b = two.AtLeast(kPrimary);
      auto better = function == "max" ? a + " < " + b : b + " < " + a;
      if (!second.fIsLiteral)
         better = "(" + better + ") || (" + b + " != " + b + ")";
      const auto text = "Where(" + better + ", " + two.fText + ", " + one.fText + ")";
      return {text, kPrimary, EValue::kDouble, true, false, reads};
   }
   const auto both = "std::" + function + "<double>(" + first.fText + ", " + second.fText + ")";
   if (second.fIsLiteral || !second.MayBeNaN())
      return {both, kPrimary, EValue::kDouble, false, false, reads};
   return {"(std::isnan(" + second.fText + ") ? NAN : " + both + ")", kPrimary, EValue::kDouble, false, false, reads};
}

Code ReduceCode(const std::string &reducer, const Code &argument)
{
   if (reducer == "any" || reducer == "all") {
      if (!argument.fIsVector)
         return argument;
      return {Capitalised(reducer) + "(" + argument.fText + ")", kPrimary, EValue::kTruth, false, false, true};
   }
   if (reducer == "count") {
      const bool isTruth = argument.fValue == EValue::kTruth;
      const auto condition = isTruth ? argument.fText : argument.AtLeast(kPrimary) + " != 0";
      return {"Sum(" + condition + ")", kPrimary, EValue::kCount, false, false, true};
   }
   if (reducer == "sum")
      return {"Sum(" + AsDouble(argument).fText + ")", kPrimary, EValue::kDouble, false, false, true};
   const auto vector = argument.AtLeast(kPrimary);
   auto undefined = vector + ".empty()";
   if (argument.MayBeNaN())
      undefined += " || Any(" + vector + " != " + vector + ")";
   auto best = Capitalised(reducer) + "(" + argument.fText + ")";
   if (argument.fValue != EValue::kDouble)
      best = "double(" + best + ")";
   return {"(" + undefined + " ? NAN : " + best + ")", kPrimary, EValue::kDouble, false, false, true};
}

} // namespace Internal
} // namespace GradCut
